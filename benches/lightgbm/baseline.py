"""LightGBM on the questions of `milepost evaluate --questions FILE`, in the order of time.

Each --every days a model is learned anew, and answers the questions asked until the next. It learns only from questions whose
promise had passed by then: of those it is known whether the parcel was late. Its columns are those of the file that were
known when the question was asked; `lane_p50_h` is Milepost's own median, `lane_late_share` what the lane's times say. `p_late`,
the answer to beat, `late` and `known_at` are not among them.

Two ways are tried, and the better shows in the last column: one model for all questions, and one for each kind of question.

    milepost evaluate steady.ndjson --questions steady.csv     # "asked from ... on" is what --from wants
    python baseline.py steady.csv --from 2026-03-25T19:52:09Z
"""

import argparse

import lightgbm
import numpy
import pandas

ASKS = ["handover", "lead_10", "lead_7", "lead_5", "lead_3", "lead_2", "lead_1"]
NAMES = ["carrier", "service", "origin", "destination", "stage"]
NUMBERS = [
    "elapsed_h",
    "silence_h",
    "hours_left",
    "weekday",
    "hour",
    "promise_days",
    "scans",
    "lane_cases",
    "lane_p50_h",
    "lane_late_share",
]
DAY_MS = 86_400_000
# Fewer rows teach nothing.
ROWS_MIN = 500


def average_precision(scores, late):
    """Precision averaged over the late ones, from the highest score down; equal scores count as one group, as in `evaluate`."""
    order = numpy.argsort(-scores, kind="stable")
    scores, late = scores[order], late[order]
    is_last = numpy.append(scores[1:] != scores[:-1], True)
    found = numpy.cumsum(late)[is_last]
    seen = numpy.flatnonzero(is_last) + 1
    here = numpy.diff(numpy.concatenate([[0], found]))
    return float((here * found / seen).sum() / max(found[-1], 1))


def read(path):
    """The questions that were asked before the promise: after it everybody knows."""
    questions = pandas.read_csv(path)
    questions = questions[questions["hours_left"] > 0].sort_values(["asked_at", "shipment", "ask"], kind="stable")
    for name in NAMES:
        questions[name] = questions[name].fillna("").astype("category")
    questions["promised_at"] = questions["asked_at"] + questions["hours_left"] * 3_600_000
    return questions.reset_index(drop=True)


def learn(rows, arguments):
    parameters = {
        "objective": "binary",
        "num_leaves": arguments.leaves,
        "learning_rate": arguments.rate,
        "seed": arguments.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": arguments.threads,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(rows[NAMES + NUMBERS], rows["late"])
    return lightgbm.train(parameters, data, num_boost_round=arguments.trees)


def answer(questions, taught_by, asked, arguments):
    """Scores of the questions `asked`, by models that learn from the questions `taught_by`; both are masks."""
    scores = pandas.Series(numpy.nan, index=questions.index)
    begin, end = arguments.start, int(questions["asked_at"].max()) + 1
    for now in range(begin, end, arguments.every * DAY_MS):
        until = now + arguments.every * DAY_MS
        here = questions[asked & (questions["asked_at"] >= now) & (questions["asked_at"] < until)]
        known = questions[taught_by & (questions["promised_at"] < now)]
        if here.empty:
            continue
        if len(known) < ROWS_MIN or known["late"].nunique() < 2:
            # Nothing was learned yet: as in the rule, the less time is left, the worse.
            scores[here.index] = -here["hours_left"]
            continue
        scores[here.index] = learn(known, arguments).predict(here[NAMES + NUMBERS])
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", help="what `milepost evaluate --questions` wrote")
    parser.add_argument("--from", dest="start", required=True, help="questions asked before are for learning only")
    parser.add_argument("--every", type=int, default=7, help="days between two models")
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--leaves", type=int, default=31)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    arguments.start = int(pandas.Timestamp(arguments.start).timestamp() * 1000)
    questions = read(arguments.questions)
    kinds = questions["ask"]
    everything = kinds.isin(["handover", "daily"])
    # A question of a lead is one of the daily ones as well: all are answered by the one model.
    one = answer(questions, everything, kinds.isin(ASKS), arguments)
    print(f"{'asked':10} {'n':>7} {'late':>6} {'milepost':>9} {'one model':>10} {'one a kind':>11} {'LightGBM':>9}")
    for ask in ASKS:
        is_kind = kinds == ask
        single = answer(questions, is_kind, is_kind, arguments)
        tested = is_kind & (questions["asked_at"] >= arguments.start)
        if not tested.any():
            continue
        late = questions.loc[tested, "late"].to_numpy()
        scores = [questions["p_late"], one, single]
        ours, shared, own = (average_precision(score[tested].to_numpy(), late) for score in scores)
        print(
            f"{ask:10} {len(late):7} {late.mean():6.3f} {ours:9.3f} {shared:10.3f} {own:11.3f} {max(shared, own):9.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
