//! Cutting instants to days, weeks and months. Our instants are all in UTC; DataFusion takes the zone of a value as one
//! that may change its clocks, and asks a calendar for every row. Told that there is no zone, it counts, which in UTC
//! gives the same.

use crate::schema::UTC;
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, FieldRef, TimeUnit, TimestampMillisecondType};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use std::sync::Arc;

/// `date_trunc(unit, instant)` as DataFusion has it, but quick for instants in UTC.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct DateTrunc {
    general: Arc<ScalarUDF>,
}

impl DateTrunc {
    /// In place of DataFusion's.
    pub(crate) fn of(general: Arc<ScalarUDF>) -> Self {
        Self { general }
    }
}

impl ScalarUDFImpl for DateTrunc {
    fn name(&self) -> &str {
        self.general.name()
    }

    fn aliases(&self) -> &[String] {
        self.general.aliases()
    }

    fn signature(&self) -> &Signature {
        self.general.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.general.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        self.general.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = arguments.args.get(1).map(ColumnarValue::data_type);
        if zone != Some(instant_in(Some(UTC))) {
            return self.general.invoke_with_args(arguments);
        }
        arguments.args = arguments
            .args
            .into_iter()
            .map(|argument| of_zone(argument, None))
            .collect();
        let told = arguments.return_field.as_ref().clone();
        arguments.return_field = Arc::new(told.with_data_type(instant_in(None)));
        Ok(of_zone(self.general.invoke_with_args(arguments)?, Some(UTC)))
    }

    fn output_ordering(&self, input: &[ExprProperties]) -> Result<SortProperties> {
        self.general.output_ordering(input)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.general.documentation()
    }
}

fn instant_in(zone: Option<&str>) -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, zone.map(Into::into))
}

/// The same milliseconds, called those of another zone; what is no instant stays as it is.
fn of_zone(value: ColumnarValue, zone: Option<&str>) -> ColumnarValue {
    match value {
        ColumnarValue::Array(array) => match array.as_primitive_opt::<TimestampMillisecondType>() {
            Some(instants) => {
                let instants: ArrayRef = Arc::new(instants.clone().with_timezone_opt(zone));
                ColumnarValue::Array(instants)
            }
            None => ColumnarValue::Array(array),
        },
        ColumnarValue::Scalar(ScalarValue::TimestampMillisecond(at, _)) => {
            ColumnarValue::Scalar(ScalarValue::TimestampMillisecond(at, zone.map(Into::into)))
        }
        ColumnarValue::Scalar(other) => ColumnarValue::Scalar(other),
    }
}
