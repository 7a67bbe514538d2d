//! What goes wrong, and when it is well again.

use super::Run;
use crate::disk::{DiskFaults, SimulatedDisk};
use milepost_connectors::log::{Log, Outlet};

impl Run<'_> {
    /// Something goes wrong, or is well again.
    pub(super) async fn trouble(&mut self) {
        let troubles = self.troubles;
        if troubles.log_losses && self.chance.permille(60) {
            self.site.log.sync();
        }
        if troubles.kills && self.chance.permille(15) && self.life.is_some() {
            self.note("killed");
            self.bury();
        }
        if troubles.kills
            && self.chance.permille(5)
            && let Some((life, _)) = &self.life
        {
            life.stop();
            self.note("told to stop");
        }
        if troubles.power
            && self.chance.permille(25)
            && let Some((_, host)) = &self.life
        {
            let calls = 1 + self.chance.below(40);
            let host = *host;
            if let Some(disk) = self.disks.get(host) {
                disk.lose_power_after(calls);
            }
            self.note(format!("host {host} loses its power after {calls} calls"));
        }
        if troubles.zombies
            && self.chance.permille(12)
            && self.zombie.is_none()
            && let Some((life, host)) = self.life.take()
        {
            self.note(format!("the engine on host {host} is thought dead"));
            self.zombie = Some((life, host));
        }
        if troubles.disks && self.chance.permille(40) {
            self.disk_trouble();
        }
        if troubles.rot && self.chance.permille(15) {
            let turned = self.disks.first().and_then(SimulatedDisk::turn_a_bit);
            self.note(format!("a bit turns in {turned:?}"));
        }
        if troubles.network && self.chance.permille(60) {
            self.network_trouble();
        }
        if troubles.log_losses && self.chance.permille(8) {
            self.lose_the_end().await;
        }
    }

    fn disk_trouble(&mut self) {
        let faults = match self.chance.below(3) {
            0 => DiskFaults::default(),
            1 => DiskFaults {
                failing_permille: 150,
                capacity: None,
            },
            _ => DiskFaults {
                failing_permille: 0,
                capacity: Some(usize::try_from(self.chance.below(60_000)).unwrap_or(0)),
            },
        };
        self.note(format!("disks: {faults:?}"));
        self.disks.iter().for_each(|disk| disk.set_faults(faults));
    }

    fn network_trouble(&mut self) {
        let log = self.site.log.clone();
        let what = match self.chance.below(9) {
            0 => {
                log.set_away(true);
                "the server is away"
            }
            1..=2 => {
                log.set_away(false);
                "the server is there"
            }
            3 => {
                log.change_leader();
                "another server leads"
            }
            4 => {
                log.lose_next_answer(self.chance.permille(500));
                "an answer is lost"
            }
            5 => {
                log.break_next(usize::try_from(self.chance.below(4)).unwrap_or(0));
                "a publication breaks off"
            }
            6 => {
                log.delay_next();
                "a publication is late"
            }
            7 => {
                log.deliver_late();
                "what was late arrives"
            }
            _ => {
                let is_full = self.chance.permille(400);
                log.set_full(is_full);
                if is_full {
                    "the streams are full"
                } else {
                    "the streams have room"
                }
            }
        };
        self.note(what);
    }

    /// The last messages of the three streams.
    async fn ends(&self) -> [u64; 3] {
        let log = &self.site.log;
        let outlet = |outlet| async move { log.outlet_state(outlet).await.map_or(0, |state| state.last_sequence) };
        let scans = log.state().await.map_or(0, |state| state.last_sequence);
        [scans, outlet(Outlet::Jobs).await, outlet(Outlet::Rejects).await]
    }

    /// The server loses its power and a part of what it acknowledged; its producers send again what is missing, now or after
    /// others have taken the numbers.
    async fn lose_the_end(&mut self) {
        let log = self.site.log.clone();
        log.set_away(false);
        let before = self.ends().await;
        log.crash();
        let after = self.ends().await;
        self.log_lost = true;
        let Ok(state) = log.state().await else { return };
        let last = state.last_sequence;
        let kept = self.sent.iter().position(|number| *number > last);
        self.sent.truncate(kept.unwrap_or(self.sent.len()));
        self.note(format!(
            "the log loses its end: SCANS, JOBS and REJECTS from {before:?} to {after:?}"
        ));
        if self.chance.permille(300) {
            self.bury();
            self.note("and so the engine");
        }
    }
}
