//! One fault at each of a run's calls in turn, and what must hold after each.

use std::{fs, thread};

use crate::{
    calls::{Call, of_shim},
    command::{Ran, ran},
    inject::{Do, Fault},
    world::{Truth, World, copy},
};

/// An ingest that is run again and again, with a fault one call later each time.
pub(crate) struct Sweep<'a> {
    pub(crate) world: &'a World,
    /// The lake before each run, copied; none means a first ingest.
    pub(crate) base: Option<&'a str>,
    /// What a reader must see of it whatever happens.
    pub(crate) before: &'a Truth,
    pub(crate) kinds: &'a str,
    /// Whether calls on the logs count, and not those on the lake.
    pub(crate) on_logs: bool,
    pub(crate) what: Do,
    pub(crate) stays: bool,
    /// Every how many calls a fault is tried.
    pub(crate) step: usize,
}

impl Sweep<'_> {
    /// After each fault `judge` looks at the run; then readers must see whole versions, the next
    /// run must repair, and the shared check must hold.
    pub(crate) fn run(&self, judge: impl Fn(&str, &Call, &Ran) + Sync) {
        let world = self.world;
        let Some((undisturbed, calls)) = self.ingest("counted", 0) else {
            return;
        };
        undisturbed.expect(0);
        world.check("counted");
        let points: Vec<usize> = (1..=calls.len()).step_by(self.step).collect();
        let point = |lake: &str, at: usize| {
            let (run, calls) = self.ingest(lake, at).unwrap();
            let Some(call) = calls.get(at - 1) else {
                // Not every run makes as many calls as the one that was counted.
                run.expect(0);
                world.check(lake);
                return;
            };
            let told = format!("{:?} at call {at}, {} {}", self.what, call.kind, call.path);
            println!("{told}: {:?}", run.code());
            judge(&told, call, &run);
            if run.code() == Some(0) {
                // It said that all is well, so all must be.
                world.check(lake);
                return;
            }
            world.check_whole_versions(lake, self.before);
            world.ingest(lake).expect(0);
            world.check(lake);
        };
        // Two at a time: most of a point is waiting for small processes.
        thread::scope(|scope| {
            for half in 0..2 {
                let (points, point) = (&points, &point);
                scope.spawn(move || {
                    let lake = format!("lake{half}");
                    for at in points.iter().skip(half).step_by(2) {
                        point(&lake, *at);
                    }
                });
            }
        });
        tell!("{} of {} points tried", points.len(), calls.len());
    }

    fn ingest(&self, lake: &str, at: usize) -> Option<(Ran, Vec<Call>)> {
        let dir = self.world.path().join(lake);
        drop(fs::remove_dir_all(&dir));
        if let Some(base) = self.base {
            copy(&self.world.path().join(base), &dir);
        }
        let (logs, log) = (
            self.world.logs(),
            self.world.path().join(format!("{lake}.calls")),
        );
        let fault = Fault {
            root: if self.on_logs { &logs } else { &dir },
            kinds: self.kinds,
            at,
            what: self.what,
            stays: self.stays,
        };
        let mut command = self.world.ingest_command(lake);
        let loaded = fault.load(&mut command, &log);
        loaded.then(|| (ran(&mut command), of_shim(&log)))
    }
}
