// The comparison in Apache Flink's DataStream API: `Peers INPUT_DIR OUTPUT_DIR`; README.md one folder up defines what has
// to come out. INPUT_DIR holds the scans in as many files as there are slots, each parcel in one of them, as a log with
// partitions would. State is on the heap and nothing is saved: the fastest that Flink offers.

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectReader;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

public class Peers {
    static final long HOUR = 3_600_000L;
    static final long SILENT = 48 * HOUR;
    static final long GAP = 36 * HOUR;

    /** A scan: the fields of a line that matter, and their times as milliseconds. */
    public static class Scan {
        public String event_id;
        public String tracking_number;
        public String status;
        public String code;
        public String occurred_at;
        public String promised_at;
        public long at;
        /** 0: none. */
        public long promised;
    }

    /** What is known of a parcel. */
    public static class Parcel implements Serializable {
        public HashSet<String> seen = new HashSet<>();
        public String status = "";
        public long lastScan;
        public long promised;
        public int attempts;
        public HashSet<String> fired = new HashSet<>();
        /** When the timer rings; 0: none is set. */
        public long timer;
    }

    static class Parse extends RichMapFunction<String, Scan> {
        private transient ObjectReader reader;

        @Override
        public void open(OpenContext context) {
            reader = new ObjectMapper()
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
                .readerFor(Scan.class);
        }

        @Override
        public Scan map(String line) throws Exception {
            Scan scan = reader.readValue(line);
            scan.at = OffsetDateTime.parse(scan.occurred_at).toInstant().toEpochMilli();
            if (scan.promised_at != null) {
                scan.promised = scan.promised_at.length() == 10
                    ? LocalDate.parse(scan.promised_at).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli() - 1
                    : OffsetDateTime.parse(scan.promised_at).toInstant().toEpochMilli();
            }
            return scan;
        }
    }

    static class Rules extends KeyedProcessFunction<String, Scan, String> {
        private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
        private transient ValueState<Parcel> parcels;

        @Override
        public void open(OpenContext context) {
            parcels = getRuntimeContext().getState(new ValueStateDescriptor<>("parcel", Parcel.class));
        }

        @Override
        public void processElement(Scan scan, Context context, Collector<String> out) throws Exception {
            Parcel parcel = parcels.value();
            boolean first = parcel == null;
            if (first) {
                parcel = new Parcel();
            }
            if (!parcel.seen.add(scan.event_id)) {
                return;
            }
            take(scan, parcel, first, out);
            if (parcel.status.equals("in_transit") && parcel.timer == 0) {
                parcel.timer = parcel.lastScan + SILENT;
                context.timerService().registerEventTimeTimer(parcel.timer);
            }
            parcels.update(parcel);
        }

        private void take(Scan scan, Parcel parcel, boolean first, Collector<String> out) {
            boolean inOrder = first || scan.at >= parcel.lastScan;
            boolean over = !first && parcel.status.equals("delivered") && inOrder;
            if (scan.status.equals("attempt_failed") && !over && ++parcel.attempts >= 2) {
                fire("two_attempts", scan.at, scan.tracking_number, parcel, out);
            }
            if (!inOrder) {
                return;
            }
            if (!first) {
                long silentAt = parcel.lastScan + SILENT;
                if (parcel.status.equals("in_transit") && scan.at >= silentAt) {
                    fire("silent", silentAt, scan.tracking_number, parcel, out);
                }
                if (scan.at - parcel.lastScan > GAP) {
                    fire("gap", scan.at, scan.tracking_number, parcel, out);
                }
            }
            if (first || !(parcel.status.equals("delivered") || scan.status.equals("accepted"))) {
                parcel.status = scan.status;
            }
            parcel.lastScan = scan.at;
            if (scan.promised != 0) {
                parcel.promised = scan.promised;
            }
            judge(scan, parcel, out);
        }

        private void judge(Scan scan, Parcel parcel, Collector<String> out) {
            boolean late = parcel.promised != 0 && scan.at > parcel.promised;
            String rule = switch (parcel.status) {
                case "out_for_delivery" -> "out_for_delivery";
                case "delivered" -> "delivered";
                case "in_transit" -> late ? "moves_after_promise" : null;
                case "customs" -> "customs_held".equals(scan.code) ? "held_at_customs" : null;
                case "exception" -> "damaged".equals(scan.code) ? "damaged"
                    : "address_problem".equals(scan.code) ? "bad_address" : null;
                default -> null;
            };
            if (rule != null) {
                fire(rule, scan.at, scan.tracking_number, parcel, out);
            }
            if (late && parcel.status.equals("delivered")) {
                fire("delivered_late", scan.at, scan.tracking_number, parcel, out);
            }
        }

        @Override
        public void onTimer(long at, OnTimerContext context, Collector<String> out) throws Exception {
            Parcel parcel = parcels.value();
            parcel.timer = 0;
            if (parcel.status.equals("in_transit")) {
                long silentAt = parcel.lastScan + SILENT;
                if (silentAt <= at) {
                    fire("silent", silentAt, context.getCurrentKey(), parcel, out);
                } else {
                    parcel.timer = silentAt;
                    context.timerService().registerEventTimeTimer(silentAt);
                }
            }
            parcels.update(parcel);
        }

        private static void fire(String rule, long at, String number, Parcel parcel, Collector<String> out) {
            if (parcel.fired.add(rule)) {
                out.collect("{\"tracking_number\":\"" + number + "\",\"rule\":\"" + rule + "\",\"at\":\""
                    + FORM.format(Instant.ofEpochMilli(at)) + "\"}\n");
            }
        }
    }

    /** One file for each slot. */
    static class Lines implements Sink<String> {
        private final String dir;

        Lines(String dir) {
            this.dir = dir;
        }

        @Override
        public SinkWriter<String> createWriter(WriterInitContext context) throws IOException {
            Path file = Path.of(dir, "part-" + context.getTaskInfo().getIndexOfThisSubtask() + ".ndjson");
            OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
            return new SinkWriter<>() {
                @Override
                public void write(String line, Context context) throws IOException {
                    out.write(line.getBytes(StandardCharsets.UTF_8));
                }

                @Override
                public void flush(boolean endOfInput) throws IOException {
                    out.flush();
                }

                @Override
                public void close() throws IOException {
                    out.close();
                }
            };
        }
    }

    static List<Path> files(String dir) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(dir))) {
            return files.sorted().toList();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Files.createDirectories(Path.of(arguments[1]));
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(Runtime.getRuntime().availableProcessors());
        environment.getConfig().enableObjectReuse();
        DataStream<Scan> scans = null;
        for (Path file : files(arguments[0])) {
            FileSource<String> lines = FileSource
                .forRecordStreamFormat(new TextLineInputFormat(), new org.apache.flink.core.fs.Path(file.toString()))
                .build();
            // One reader a file: read by one after the other, the second would lie wholly behind the watermark of the first.
            DataStream<Scan> part = environment.fromSource(lines, WatermarkStrategy.noWatermarks(), "scans").setParallelism(1)
                .map(new Parse()).setParallelism(1)
                .assignTimestampsAndWatermarks(WatermarkStrategy
                    .<Scan>forBoundedOutOfOrderness(Duration.ofHours(6))
                    .withTimestampAssigner((scan, before) -> scan.at)).setParallelism(1);
            scans = scans == null ? part : scans.union(part);
        }
        scans.keyBy(scan -> scan.tracking_number)
            .process(new Rules())
            .sinkTo(new Lines(arguments[1]));
        environment.execute("peers");
    }
}
