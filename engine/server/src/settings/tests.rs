//! What users write into their configuration, and what they are told about it.

use super::*;

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let mut settings = Settings::usual();
    settings.take_file(Path::new("milepost.toml"), file);
    for (name, text) in environment {
        settings.take_variable((*name).to_owned(), text);
    }
    if settings.problems().is_empty() {
        Ok(settings)
    } else {
        Err(ConfigError(settings.problems))
    }
}

#[test]
fn the_environment_goes_over_the_file_and_the_file_over_the_reference() {
    let file = "# mine\n[http]\nlisten = \"0.0.0.0:80\"\n\n[engine]\nshards = 2\ntick_every = \"5s\"\n";
    let environment = [("MILEPOST__ENGINE__SHARDS", "4"), ("MILEPOST__LOG__CREATE", "true")];
    let settings = read(file, &environment).expect("all of this is known");
    for (section, key, value, origin) in [
        ("http", "listen", "Text(\"0.0.0.0:80\")", "milepost.toml:3"),
        ("engine", "tick_every", "Text(\"5s\")", "milepost.toml:7"),
        ("engine", "shards", "Number(4)", "environment MILEPOST__ENGINE__SHARDS"),
        ("log", "create", "Switch(true)", "environment MILEPOST__LOG__CREATE"),
        ("snapshots", "keep", "Number(3)", "usual value"),
    ] {
        let setting = settings.get(section, key);
        assert_eq!(
            format!("{:?} {}", setting.value, setting.origin),
            format!("{value} {origin}")
        );
    }
}

#[test]
fn what_is_unknown_or_of_another_type_is_refused_with_its_place_and_the_nearest_name() {
    for (file, expected) in [
        (
            "[engine]\nshard = 2",
            "milepost.toml:2: `shard` in [engine] is unknown; did you mean `shards`?",
        ),
        (
            "[engin]\nshards = 2",
            "milepost.toml:1: section [engin] is unknown; did you mean [engine]?",
        ),
        (
            "[kafka]\nurl = \"x\"",
            "section [kafka] is unknown; there are: drop, engine, formats, http, ingest, log, rules, snapshots",
        ),
        (
            "[http]\nreplicas = 3",
            "`replicas` in [http] is unknown; `replicas` stands in [log]",
        ),
        (
            "[rules]\nweather = 3",
            "`weather` in [rules] is unknown; there are: dir",
        ),
        (
            "shards = 2",
            "milepost.toml:1: `shards` stands outside of a section; write it under [engine]",
        ),
        (
            "[engine]\nshards = \"two\"",
            "milepost.toml:2: `shards` in [engine] must be a whole number",
        ),
        ("[engine]\nshards = 1.5", "`shards` in [engine] must be a whole number"),
        ("[log]\nurl = [\"a\"]", "`url` in [log] must be a text in quotes"),
        ("[log]\ncreate = \"yes\"", "`create` in [log] must be true or false"),
        ("\n[log\n", "milepost.toml:2: is not TOML: "),
        (
            "[log]\nurl = \"a\"\nurl = \"b\"",
            "milepost.toml:3: is not TOML: duplicate key",
        ),
    ] {
        let error = read(file, &[]).expect_err(file).to_string();
        assert!(error.contains(expected), "{file}\n{error}");
    }
}

#[test]
fn variables_are_refused_like_lines_of_the_file() {
    for (name, text, expected) in [
        (
            "MILEPOST__LOG",
            "x",
            "environment MILEPOST__LOG: names no setting; write MILEPOST__SECTION__KEY",
        ),
        (
            "MILEPOST__LOG__URI",
            "x",
            "environment MILEPOST__LOG__URI: `uri` in [log] is unknown; did you mean `url`?",
        ),
        (
            "MILEPOST__LOGS__URL",
            "x",
            "section [logs] is unknown; did you mean [log]?",
        ),
        (
            "MILEPOST__ENGINE__SHARDS",
            "two",
            "`shards` in [engine] must be a whole number",
        ),
        (
            "MILEPOST__LOG__CREATE",
            "yes",
            "`create` in [log] must be true or false",
        ),
    ] {
        let error = read("", &[(name, text)]).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}\n{error}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let error = read(
        "[log]\nuri = \"x\"\n[http]\nlisten = 80\n",
        &[("MILEPOST__SQL__ROWS", "5")],
    );
    let error = error.expect_err("three mistakes").to_string();
    assert_eq!(error.lines().count(), 4, "{error}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let settings = Settings::read(Some(Path::new("no-such-file.toml")), std::iter::empty());
    let text = ConfigError(settings.problems).to_string();
    assert!(text.contains("  no-such-file.toml: cannot be read: "), "{text}");
}

#[test]
fn there_are_as_many_endpoints_as_the_user_names_each_with_usual_values() {
    let file = "[webhooks.shop]\nformat = \"easypost\"\nsecret_files = [\"a\", \"b\"]\n[webhooks.dhl-2]\nformat = \"dhl_unified\"\n";
    let environment = [
        ("MILEPOST__WEBHOOKS__SHOP__MERCHANT", "acme"),
        ("MILEPOST__WEBHOOKS__UPS__SECRET_FILES", "new, old"),
    ];
    let settings = read(file, &environment).expect("all of this is known");
    assert_eq!(settings.webhooks(), ["dhl-2", "shop", "ups"]);
    let texts = |texts: [&str; 2]| Value::Texts(texts.map(str::to_owned).into());
    for (section, key, value) in [
        ("webhooks.shop", "secret_files", texts(["a", "b"])),
        ("webhooks.ups", "secret_files", texts(["new", "old"])),
        ("webhooks.shop", "merchant", Value::Text("acme".to_owned())),
        ("webhooks.dhl-2", "tolerance", Value::Text("5m".to_owned())),
    ] {
        assert_eq!(settings.get(section, key).value, value, "{section} {key}");
    }
    assert!(Settings::usual().webhooks().is_empty(), "the pattern is no endpoint");
    let shown = read(REFERENCE, &[]).expect("what `milepost config` prints is a configuration");
    assert!(shown.webhooks().is_empty());
}

#[test]
fn mistakes_in_endpoints_are_told_like_others() {
    for (file, expected) in [
        (
            "[webhooks.shop]\nfromat = \"x\"",
            "`fromat` in [webhooks.shop] is unknown; did you mean `format`?",
        ),
        (
            "[webhooks.shop]\nsecret_files = \"x\"",
            "milepost.toml:2: `secret_files` in [webhooks.shop] must be a list of texts",
        ),
        (
            "[webhooks.Shop]\nformat = \"x\"",
            "milepost.toml:1: [webhooks.Shop]: the name of an endpoint is",
        ),
        (
            "[webhooks]\nformat = \"x\"",
            "milepost.toml:2: `format` stands in [webhooks]; write it under [webhooks.<name>]",
        ),
        ("[webhook.shop]\nformat = \"x\"", "section [webhook] is unknown; "),
    ] {
        let error = read(file, &[]).expect_err(file).to_string();
        assert!(error.contains(expected), "{file}\n{error}");
    }
}

#[test]
fn every_setting_of_the_reference_is_explained() {
    let mut explained = false;
    for line in REFERENCE.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(explained, "no comment before: {line}");
        }
        explained = line.starts_with('#');
    }
    assert!(Settings::usual().each().count() > 20);
}
