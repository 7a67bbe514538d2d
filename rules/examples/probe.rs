//! probe
use milepost_rules::*;
fn main() {
    let kind = std::env::args().nth(1).unwrap();
    let many = |t: &str, n: usize| t.repeat(n);
    let expr = match kind.as_str() {
        "paren" => format!("{}true{}", many("(", 100), many(")", 100)),
        "not" => format!("{}true", many("NOT ", 100)),
        "plus" => format!("attempts = 1{}", many(" + 1", 200)),
        "and" => format!("true{}", many(" AND true", 950)),
        "cast" => format!("attempts{}", many("::int", 600)),
        "isnull" => format!("attempts{}", many(" IS NULL", 600)),
        "between" => format!("attempts{}", many(" BETWEEN 1 AND 2", 390)),
        "case" => format!(
            "{}true{}",
            many("CASE WHEN ", 60),
            many(" THEN true ELSE false END", 60)
        ),
        "fn" => format!("{}true{}", many("coalesce(", 60), many(")", 60)),
        "in" => format!("{}1{}", many("1 IN (", 60), many(")", 60)),
        f => many(f, 10000),
    };
    let text = if kind.len() > 4 || kind.chars().all(char::is_alphabetic) {
        format!("rules:\n- notice: it\n  when: |\n    {expr}\n")
    } else {
        expr
    };
    let stack: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    std::thread::Builder::new()
        .stack_size(stack * 1024)
        .spawn(move || {
            let r = RuleSet::compile(&[SourceFile { name: "x", text: &text }]);
            println!(
                "{}",
                r.map_or_else(|e| Box::leak(e[0].to_string().into_boxed_str()) as &str, |_| "ok")
            );
        })
        .unwrap()
        .join()
        .unwrap();
}
