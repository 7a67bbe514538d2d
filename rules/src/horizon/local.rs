//! The course of local and business time: a wall clock runs evenly until it is put forward or back, business days change at
//! local midnights, and business time runs or stands still from one of them to another.

use milepost_calendar::{Clock, Local};
use milepost_model::{Facts, Zone};

use super::course::Course;
use super::future::Future;
use super::{Later, Motion, NEVER, Until, leaves};
use crate::eval::{self, Val};
use crate::program::{Business, Measure, Term, Told};

impl Term {
    pub(super) fn local_course<'a, F: Facts + ?Sized>(
        &'a self,
        term: &'a Self,
        told: &'a Told<Zone>,
        facts: &'a Later<'_, F>,
    ) -> Course<'a> {
        let value = self.eval(facts);
        let inner = term.course(facts);
        let until = inner.until.min(told_until(told, facts));
        let (Motion::Linear(slope), Val::Time(at)) = (inner.motion, inner.value) else {
            return resting(value, inner.motion, until);
        };
        let Some(zone) = eval::zone(told, facts) else {
            return Course::still(value, until);
        };
        let stretch = Clock::of(zone).stretch(at);
        let course = Course::moving(value, Motion::Linear(slope), until.min(leaves(at, slope, stretch)));
        if until.by != NEVER.by {
            return course;
        }
        let (least, most) = Clock::of(zone).offsets();
        course.bounded(Future {
            least: inner.future.least.and_then(|at| at.checked_add(least)),
            most: inner.future.most.and_then(|at| at.checked_add(most)),
        })
    }

    pub(super) fn business_course<'a, F: Facts + ?Sized>(
        &'a self,
        business: &'a Business,
        facts: &'a Later<'_, F>,
    ) -> Course<'a> {
        let value = self.eval(facts);
        let (from, to) = (business.from.course(facts), business.to.course(facts));
        let told = told_until(&business.country, facts).min(told_until(&business.zone, facts));
        let mut until = from.until.min(to.until).min(told);
        let future = (told.by == NEVER.by).then_some((from.future, to.future));
        let (Some(place), Val::Time(_), Val::Time(_)) = (eval::place(business, facts), from.value, to.value) else {
            let motion = if from.motion == Motion::Wild {
                from.motion
            } else {
                to.motion
            };
            return resting(value, motion, until);
        };
        let mut motion = Motion::Still;
        for (end, is_first) in [(&from, true), (&to, false)] {
            let (slope, at) = match (end.motion, end.value) {
                (Motion::Still, _) => continue,
                (Motion::Linear(slope), Val::Time(at)) => (slope, at),
                _ => return Course::moving(value, Motion::Wild, until),
            };
            match business.measure {
                Measure::Days => until = until.min(leaves(at, slope, place.same_count(at))),
                Measure::Time => {
                    let (runs, begin, end) = place.same_kind(at);
                    until = until.min(leaves(at, slope, (begin, end)));
                    let this = if runs { Motion::Linear(slope) } else { Motion::Still };
                    motion = motion.plus(if is_first { this.negated() } else { this });
                }
            }
        }
        let course = Course::moving(value, motion, until);
        match future {
            Some(ends) => course.bounded(between(business.measure, place, ends)),
            None => course,
        }
    }
}

/// The bounds of business time between two instants that have bounds: it is longer the earlier it begins and the later it
/// ends.
fn between(measure: Measure, place: Local, (from, to): (Future, Future)) -> Future {
    let measured = |from: Option<i64>, to: Option<i64>| match measure {
        Measure::Days => Some(place.days_between(from?, to?)),
        Measure::Time => place.time_between(from?, to?),
    };
    Future {
        least: measured(from.most, to.least),
        most: measured(from.least, to.most),
    }
}

/// A value that stays unless nothing is known of how its parts move.
fn resting<'a>(value: Val<'a>, motion: Motion, until: Until) -> Course<'a> {
    match motion {
        Motion::Still | Motion::Linear(_) => Course::still(value, until),
        Motion::Rising | Motion::Falling | Motion::Wild => Course::moving(value, Motion::Wild, until),
    }
}

fn told_until<T, F: Facts + ?Sized>(told: &Told<T>, facts: &Later<'_, F>) -> Until {
    match told {
        Told::Own | Told::Known(_) => NEVER,
        Told::Text(term) => term.course(facts).until,
    }
}
