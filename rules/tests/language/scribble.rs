//! Rule files in every hand: one and the same kind of file, written with other quotes, brackets, blocks, indentations,
//! orders, empty lines and comments each time.

/// Writes a file by chance.
pub(crate) struct Scribble {
    state: u64,
    text: String,
    comments: usize,
}

const CONDITIONS: [&str; 10] = [
    "status = 'in_transit'",
    "status in ('accepted','in_transit') and  silence > interval '36 hours' And carrier <> 'freight'",
    "attempts   >= 2 or not (attempts between 1 and 3)",
    "case when attempts > 1 then INTERVAL '1 day' else INTERVAL '2 days' end < silence",
    "city = 'S\u{e3}o Paulo: # centro' AND region IS NOT NULL",
    "'ups' = carrier",
    "coalesce(origin_country <> country, false) AND (estimated_until > promised_at) IS NOT true",
    "status IN ('created', 'announced', 'accepted', 'in_transit', 'customs', 'exception') AND (silence > INTERVAL '36 hours' OR dwell > INTERVAL '36 hours') AND attempts - -1 > -2",
    "now - status_since > INTERVAL '2' day AND extract(hour FROM now) = 7",
    "quiet AND service IN (slow)",
];

impl Scribble {
    /// A file without mistakes, and how many comments `# c0.`, `# c1.` … it has.
    pub(crate) fn file(seed: u64) -> (String, usize) {
        let mut pen = Self {
            state: seed | 1,
            text: String::new(),
            comments: 0,
        };
        pen.comment(0);
        let sections: [fn(&mut Self); 4] = [Self::rules, Self::lets, Self::lists, Self::tests];
        for section in pen.shuffled(&sections) {
            section(&mut pen);
            pen.comment(0);
        }
        let text = match pen.one_of(8) {
            0 => pen.text.replace('\n', "\r\n"),
            1 => format!("\u{feff}{}", pen.text),
            2 => format!("---\n{}", pen.text),
            _ => pen.text,
        };
        (text, pen.comments)
    }

    fn one_of(&mut self, count: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 20) % count
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.one_of(of.len().try_into().expect("a short list"));
        *of.get(usize::try_from(at).expect("a short list"))
            .expect("within the list")
    }

    fn shuffled<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let mut rest = of.to_vec();
        let mut order = Vec::new();
        while !rest.is_empty() {
            let at = self.one_of(rest.len().try_into().expect("a short list"));
            order.push(rest.remove(usize::try_from(at).expect("a short list")));
        }
        order
    }

    fn mark(&mut self) -> String {
        self.comments += 1;
        format!("# c{}.", self.comments - 1)
    }

    /// Empty lines and comments of their own, more or less indented.
    fn comment(&mut self, indent: usize) {
        match self.one_of(6) {
            0 => self.text.push('\n'),
            1 => {
                let mark = self.mark();
                let blanks = self.pick(&[0, indent, indent, indent + 2]);
                self.text += &format!("{}{mark}\n", " ".repeat(blanks));
                self.comment(indent);
            }
            2 => self.text.push_str("  \n\n"),
            _ => {}
        }
    }

    fn end_of_line(&mut self) {
        if self.one_of(5) == 0 {
            let mark = self.mark();
            let blanks = self.pick(&[1, 2, 5, 20]);
            self.text += &format!("{}{mark}", " ".repeat(blanks));
        }
        self.text.push('\n');
    }

    fn section(&mut self, name: &str) -> usize {
        self.comment(0);
        self.text += &format!("{name}:");
        self.end_of_line();
        self.pick(&[2, 4, 3])
    }

    fn rules(&mut self) {
        let indent = self.section("rules") - self.pick(&[0, 2]);
        for number in 0..1 + self.one_of(4) {
            self.comment(indent);
            let is_delay = self.one_of(3) > 0;
            let mut keys = vec![if is_delay { "delay" } else { "notice" }, "when"];
            let more: &[&str] = if is_delay {
                keys.push("because");
                &["for", "until", "health", "notify", "owner"]
            } else {
                &["for", "until", "limit", "because", "owner"]
            };
            keys.extend(more.iter().filter(|_| self.one_of(2) == 0));
            let keys = self.shuffled(&keys);
            if self.one_of(8) == 0 {
                self.rule_in_brackets(number, &keys, indent);
                continue;
            }
            let dash = self.pick(&["- ", "-   "]);
            let inner = indent + dash.len();
            self.text += &format!("{}{dash}", " ".repeat(indent));
            for (place, key) in keys.into_iter().enumerate() {
                if place > 0 {
                    self.comment(inner);
                    self.text += &" ".repeat(inner);
                }
                self.text += &format!("{key}:");
                self.under(key, number, inner);
            }
        }
        self.comment(indent);
    }

    fn rule_in_brackets(&mut self, number: u64, keys: &[&str], indent: usize) {
        self.text += &format!("{}- {{", " ".repeat(indent));
        for (place, key) in keys.iter().enumerate() {
            if place > 0 {
                self.text.push(',');
                if self.one_of(3) == 0 {
                    self.text.push(' ');
                    self.end_of_line();
                    self.text += &" ".repeat(indent + 4);
                }
            }
            let value = match *key {
                "when" | "until" => format!("\"{}\"", self.pick(&CONDITIONS)),
                "notify" => "{notice: n, escalate: [1h,2h]}".to_owned(),
                _ => self.plain_value(key, number),
            };
            self.text += &format!(" {key}: {value}");
        }
        self.text += " }";
        self.end_of_line();
    }

    fn plain_value(&mut self, key: &str, number: u64) -> String {
        match key {
            "delay" | "notice" => format!("rule_{number}"),
            "for" => self.pick(&["0", "36h", "\"1d 12h\"", "'90m'"]).to_owned(),
            "health" => self.pick(&["stalled", "'late'", "at_risk"]).to_owned(),
            "limit" => self.pick(&["day", "\"shipment\"", "episode"]).to_owned(),
            "because" => self
                .pick(&["\"no scan for {silence}: # why\"", "'it''s {city}'", "plain words"])
                .to_owned(),
            _ => "ops-europe".to_owned(),
        }
    }

    fn under(&mut self, key: &str, number: u64, indent: usize) {
        match key {
            "when" | "until" => {
                let condition = self.pick(&CONDITIONS);
                self.condition(condition, indent);
            }
            "notify" => self.notify(indent),
            "because" if self.one_of(4) == 0 => {
                let style = self.pick(&["|", ">", ">-", "|+"]);
                self.text += &format!(" {style}");
                self.end_of_line();
                let margin = " ".repeat(indent + 4);
                self.text += &format!("{margin}no scan for {{silence}}  \n\n{margin}  # no comment, {{city}}\n");
            }
            "because" if self.one_of(4) == 0 => {
                let margin = " ".repeat(indent + 1);
                self.text += &format!(" \"two  \n{margin}lines,\n\n{margin}\\\n{margin} {{city}}\"");
                self.end_of_line();
            }
            _ => {
                let value = self.plain_value(key, number);
                let blanks = self.pick(&[1, 1, 3]);
                self.text += &format!("{}{value}", " ".repeat(blanks));
                self.end_of_line();
            }
        }
    }

    fn condition(&mut self, condition: &str, indent: usize) {
        // Deeper than any comment, or that would be text.
        let margin = " ".repeat(indent + 4);
        let is_plain = !condition.contains(": ") && !condition.contains(" #") && !condition.starts_with('\'');
        let broken = |text: &str| {
            text.replace(" AND ", &format!("\n{margin}AND "))
                .replace(" and ", &format!(" and\n{margin}"))
        };
        match self.one_of(6) {
            0 if is_plain => {
                self.text += &format!(" {condition}");
                self.end_of_line();
            }
            1 if is_plain => self.text += &format!("\n{margin}{}\n", broken(condition)),
            2 => {
                self.text += &format!(" '{}'", condition.replace('\'', "''"));
                self.end_of_line();
            }
            3 => {
                self.text += &format!(" \"{condition}\"");
                self.end_of_line();
            }
            _ => {
                let style = self.pick(&["|", ">", "|-", ">+"]);
                self.text += &format!(" {style}");
                self.end_of_line();
                self.text += &format!("{margin}{}\n", broken(condition));
            }
        }
    }

    fn notify(&mut self, indent: usize) {
        if self.one_of(2) == 0 {
            let value = self.pick(&[
                " {notice: delay.detected , limit: day}",
                " { recovered: r, notice: \"n\", escalate: [ 24h,72h ] }",
                " { notice: a_name_that_is_so_long_that_it_takes_half_of_the_line_or_more, recovered: another_name_that_is_just_as_long }",
            ]);
            self.text += value;
            return self.end_of_line();
        }
        self.end_of_line();
        let margin = " ".repeat(indent + 1);
        for key in self.shuffled(&["notice", "limit", "escalate"]) {
            self.comment(indent + 1);
            let steps = format!("\n{margin}- 24h\n{margin}- 72h");
            let value = match key {
                "notice" => " delay.detected",
                "limit" => " shipment",
                _ => steps.as_str(),
            };
            self.text += &format!("{margin}{key}:{value}");
            self.end_of_line();
        }
    }

    fn lets(&mut self) {
        let indent = self.section("let");
        self.comment(indent);
        self.text += &format!("{}quiet:", " ".repeat(indent));
        self.condition("silence > INTERVAL '2 days'", indent);
        self.comment(indent);
        self.text += &format!("{}spare_name:", " ".repeat(indent));
        let condition = self.pick(&CONDITIONS[..9]);
        self.condition(condition, indent);
        self.comment(indent);
    }

    fn lists(&mut self) {
        let indent = self.section("lists");
        let margin = " ".repeat(indent);
        self.text += &format!("{margin}slow: [ground ,'two words',  \"q\"]");
        self.end_of_line();
        self.comment(indent);
        self.text += &format!("{margin}zips:");
        self.end_of_line();
        for zip in ["\"40213\"", "'43217'", "x"] {
            self.comment(indent + 2);
            self.text += &format!("{margin}  -  {zip}");
            self.end_of_line();
        }
        self.text += &format!("{margin}numbers: [1, ");
        self.end_of_line();
        self.comment(indent + 2);
        self.text += &format!("{margin}  2");
        self.end_of_line();
        self.comment(indent);
        self.text += &format!("{margin}  ]");
        self.end_of_line();
    }

    fn tests(&mut self) {
        let indent = self.section("tests");
        let margin = " ".repeat(indent);
        for _ in 0..1 + self.one_of(2) {
            self.comment(indent);
            self.text += &format!("{margin}- ");
            for (place, key) in self
                .shuffled(&["name", "shipment", "story", "expect"])
                .into_iter()
                .enumerate()
            {
                if place > 0 {
                    self.comment(indent + 2);
                    self.text += &format!("{margin}  ");
                }
                // The first line is indented more than the last.
                let block = format!(
                    "{margin}         0h  in_transit  Louisville KY  \n\n{margin}        # a line\n{margin}       9h tick\n"
                );
                match key {
                    "name" => self.text += "name: a test",
                    "shipment" => {
                        let fields = self.pick(&["{carrier: ups,promised_at: 5d}", "{}"]);
                        self.text += &format!("shipment: {fields}");
                    }
                    "expect" => self.text += "expect: nothing",
                    _ => {
                        let said = self.pick(&["|", "|-", "|+"]);
                        self.text += &format!("story: {said}5");
                        self.end_of_line();
                        self.text += &block;
                        continue;
                    }
                }
                self.end_of_line();
            }
        }
    }
}
