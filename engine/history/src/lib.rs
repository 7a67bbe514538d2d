//! Arrow, Parquet and DataFusion: the tables that analysts read.
