//! A disk in memory that keeps what was synced and loses what it likes of the rest: names and bytes, whole or torn. It runs
//! full, gives errors, forgets after an error what it could not write, and turns bits.

use milepost_loadgen::rng::Rng;
use milepost_runtime::disk::{Disk, DiskFile};
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::io::{Error, ErrorKind, Result};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a disk writes at once, or not at all.
const SECTOR: usize = 512;
/// The directory that all others lie in.
const ROOT: u64 = 0;

/// What goes wrong by chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiskFaults {
    /// Of a thousand calls that change something, how many fail.
    pub failing_permille: u16,
    /// Bytes that it holds; no limit when `None`.
    pub capacity: Option<usize>,
}

/// A disk in memory. A copy is another handle on the same one.
#[derive(Clone)]
pub struct SimulatedDisk {
    world: Arc<Mutex<World>>,
}

struct World {
    chance: Rng,
    faults: DiskFaults,
    nodes: BTreeMap<u64, Node>,
    next_node: u64,
    /// Calls so far that change something.
    calls: u64,
    /// The call at which the power goes.
    power_until: u64,
}

enum Node {
    Dir(Names),
    File(Bytes),
}

/// What lies in a directory.
#[derive(Default)]
struct Names {
    now: BTreeMap<String, u64>,
    synced: BTreeMap<String, u64>,
    /// Since the last sync, in order.
    changes: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Added(String, u64),
    Removed(String),
    Renamed(String, String),
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, u64>) {
        match self {
            Self::Added(name, node) => drop(names.insert(name.clone(), *node)),
            Self::Removed(name) => drop(names.remove(name)),
            Self::Renamed(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
    }
}

#[derive(Default)]
struct Bytes {
    now: Vec<u8>,
    /// So many of them are on the disk.
    synced: usize,
}

impl Debug for SimulatedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedDisk").finish_non_exhaustive()
    }
}

impl SimulatedDisk {
    /// An empty disk.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        let world = World {
            chance: Rng::new(seed, 0x6469_736B, number),
            faults: DiskFaults::default(),
            nodes: BTreeMap::from([(ROOT, Node::Dir(Names::default()))]),
            next_node: ROOT + 1,
            calls: 0,
            power_until: u64::MAX,
        };
        Self {
            world: Arc::new(Mutex::new(world)),
        }
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: DiskFaults) {
        self.world().faults = faults;
    }

    /// The power goes at the call that changes something for the so manyeth time from now on; that call does nothing any more.
    pub fn lose_power_after(&self, calls: u64) {
        let mut world = self.world();
        world.power_until = world.calls + calls;
    }

    /// Whether the power is gone.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        let world = self.world();
        world.calls >= world.power_until
    }

    /// Calls so far that changed something.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.world().calls
    }

    /// Bytes of all files.
    #[must_use]
    pub fn used(&self) -> usize {
        self.world().used()
    }

    /// The power went and is there again: what was not synced is there, or not, or in part.
    pub fn restart(&self) {
        let mut world = self.world();
        world.power_until = u64::MAX;
        let World { chance, nodes, .. } = &mut *world;
        for node in nodes.values_mut() {
            match node {
                Node::Dir(names) => names.lose(chance),
                Node::File(bytes) => bytes.lose(chance),
            }
        }
    }

    /// The same where the power is gone.
    pub fn restart_if_dead(&self) {
        if self.is_dead() {
            self.restart();
        }
        self.world().power_until = u64::MAX;
    }

    /// Everything is on the disk.
    pub fn sync_all(&self) {
        for node in self.world().nodes.values_mut() {
            match node {
                Node::Dir(names) => names.sync(),
                Node::File(bytes) => bytes.synced = bytes.now.len(),
            }
        }
    }

    /// A bit of some file turns; the file's name, or `None` when there is no byte anywhere.
    pub fn turn_a_bit(&self) -> Option<String> {
        let mut world = self.world();
        let files = world.files();
        let total: usize = files.iter().map(|(_, _, length)| length).sum();
        if total == 0 {
            return None;
        }
        let mut place = usize::try_from(world.chance.below(total as u64)).unwrap_or(0);
        let bit = world.chance.below(8);
        for (path, node, length) in files {
            if place < length {
                if let Some(Node::File(bytes)) = world.nodes.get_mut(&node)
                    && let Some(byte) = bytes.now.get_mut(place)
                {
                    *byte ^= 1 << bit;
                }
                return Some(path);
            }
            place -= length;
        }
        None
    }

    /// The paths of all files, with their bytes.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let world = self.world();
        let files = world.files().into_iter();
        let bytes = files.filter_map(|(path, node, _)| match world.nodes.get(&node) {
            Some(Node::File(bytes)) => Some((path, bytes.now.clone())),
            Some(Node::Dir(_)) | None => None,
        });
        bytes.collect()
    }

    /// Other bytes in a file, as somebody's hand puts them there.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn set_bytes(&self, path: &str, now: Vec<u8>) {
        let mut world = self.world();
        let node = world.find(Path::new(path)).expect("there is such a file");
        let synced = now.len();
        world.nodes.insert(node, Node::File(Bytes { now, synced }));
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    fn sync(&mut self) {
        self.synced.clone_from(&self.now);
        self.changes.clear();
    }

    fn lose(&mut self, chance: &mut Rng) {
        // A journal keeps a beginning of what was done; other disks keep any part of it.
        let in_order = chance.permille(500);
        let kept = usize::try_from(chance.below(self.changes.len() as u64 + 1)).unwrap_or(0);
        for (place, change) in self.changes.iter().enumerate() {
            if if in_order { place < kept } else { chance.permille(500) } {
                change.apply(&mut self.synced);
            }
        }
        self.now.clone_from(&self.synced);
        self.changes.clear();
    }
}

impl Bytes {
    /// Of what was not synced a beginning is there by its length, and of its sectors some hold zeros or what lay there before.
    fn lose(&mut self, chance: &mut Rng) {
        let unsynced = self.now.len() - self.synced;
        let kept = usize::try_from(chance.below(unsynced as u64 + 1)).unwrap_or(0);
        self.now.truncate(self.synced + kept);
        let tail = self.now.get_mut(self.synced..).unwrap_or_default();
        for sector in tail.chunks_mut(SECTOR) {
            match chance.below(3) {
                0 => sector.fill(0),
                1 => sector
                    .iter_mut()
                    .for_each(|byte| *byte = chance.below(256).try_into().unwrap_or(0)),
                _ => {}
            }
        }
        self.synced = self.now.len();
    }
}

fn error(kind: ErrorKind, path: &Path) -> Error {
    Error::new(kind, format!("{kind}: {}", path.display()))
}

impl World {
    /// A call that changes something begins.
    fn call(&mut self, path: &Path) -> Result<()> {
        self.alive(path)?;
        self.calls += 1;
        if self.calls >= self.power_until {
            return Err(Error::other("the power is gone"));
        }
        if self.chance.permille(self.faults.failing_permille.into()) {
            return Err(Error::other(format!("input/output error: {}", path.display())));
        }
        Ok(())
    }

    fn alive(&self, path: &Path) -> Result<()> {
        if self.calls >= self.power_until {
            return Err(Error::other(format!("the power is gone: {}", path.display())));
        }
        Ok(())
    }

    fn find(&self, path: &Path) -> Result<u64> {
        let mut at = ROOT;
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            let Some(Node::Dir(names)) = self.nodes.get(&at) else {
                return Err(error(ErrorKind::NotADirectory, path));
            };
            let found = names.now.get(&*name.to_string_lossy());
            at = *found.ok_or_else(|| error(ErrorKind::NotFound, path))?;
        }
        Ok(at)
    }

    fn dir(&mut self, path: &Path) -> Result<&mut Names> {
        let node = self.find(path)?;
        match self.nodes.get_mut(&node) {
            Some(Node::Dir(names)) => Ok(names),
            Some(Node::File(_)) | None => Err(error(ErrorKind::NotADirectory, path)),
        }
    }

    /// The directory that a path lies in, and its name there.
    fn place(&mut self, path: &Path) -> Result<(&mut Names, String)> {
        let name = path.file_name().ok_or_else(|| error(ErrorKind::InvalidInput, path))?;
        let name = name.to_string_lossy().into_owned();
        Ok((self.dir(path.parent().unwrap_or(Path::new("")))?, name))
    }

    fn add(&mut self, path: &Path, node: Node) -> Result<u64> {
        let number = self.next_node;
        let (names, name) = self.place(path)?;
        if names.now.contains_key(&name) {
            return Err(error(ErrorKind::AlreadyExists, path));
        }
        names.now.insert(name.clone(), number);
        names.changes.push(Change::Added(name, number));
        self.next_node += 1;
        self.nodes.insert(number, node);
        Ok(number)
    }

    fn used(&self) -> usize {
        let length = |node: &Node| match node {
            Node::File(bytes) => bytes.now.len(),
            Node::Dir(_) => 0,
        };
        self.files()
            .iter()
            .filter_map(|(_, node, _)| self.nodes.get(node))
            .map(length)
            .sum()
    }

    /// Path, node and length of every file that has a name.
    fn files(&self) -> Vec<(String, u64, usize)> {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), ROOT)];
        while let Some((path, node)) = open.pop() {
            match self.nodes.get(&node) {
                Some(Node::Dir(names)) => {
                    let inside = names.now.iter().map(|(name, node)| {
                        let path = if path.is_empty() {
                            name.clone()
                        } else {
                            format!("{path}/{name}")
                        };
                        (path, *node)
                    });
                    open.extend(inside);
                }
                Some(Node::File(bytes)) => found.push((path, node, bytes.now.len())),
                None => {}
            }
        }
        found.sort();
        found
    }
}

impl Disk for SimulatedDisk {
    fn list(&self, dir: &Path) -> Result<Vec<String>> {
        let mut world = self.world();
        world.alive(dir)?;
        Ok(world.dir(dir)?.now.keys().cloned().collect())
    }

    fn create_dir(&self, dir: &Path) -> Result<()> {
        let mut world = self.world();
        world.call(dir)?;
        world.add(dir, Node::Dir(Names::default())).map(drop)
    }

    fn create(&self, file: &Path) -> Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        world.call(file)?;
        let node = world.add(file, Node::File(Bytes::default()))?;
        let disk = self.clone();
        Ok(Box::new(SimulatedFile { disk, node }))
    }

    fn read(&self, file: &Path) -> Result<Vec<u8>> {
        let world = self.world();
        world.alive(file)?;
        match world.nodes.get(&world.find(file)?) {
            Some(Node::File(bytes)) => Ok(bytes.now.clone()),
            Some(Node::Dir(_)) | None => Err(error(ErrorKind::IsADirectory, file)),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        assert_eq!(
            from.parent(),
            to.parent(),
            "within a directory, so that it is one change"
        );
        let mut world = self.world();
        world.call(from)?;
        let to = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (names, from) = world.place(from)?;
        let change = Change::Renamed(from, to);
        change.apply(&mut names.now);
        names.changes.push(change);
        Ok(())
    }

    fn remove_dir_all(&self, dir: &Path) -> Result<()> {
        let inside = self.list(dir)?;
        for name in inside {
            let mut world = self.world();
            world.call(dir)?;
            let names = world.dir(dir)?;
            names.now.remove(&name);
            names.changes.push(Change::Removed(name));
        }
        let mut world = self.world();
        world.call(dir)?;
        let (names, name) = world.place(dir)?;
        names.now.remove(&name);
        names.changes.push(Change::Removed(name));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> Result<()> {
        let mut world = self.world();
        world.call(dir)?;
        world.dir(dir)?.sync();
        Ok(())
    }

    fn lock(&self, _file: &Path) -> Result<Box<dyn Debug + Send>> {
        Ok(Box::new(()))
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    node: u64,
}

impl DiskFile for SimulatedFile {
    fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        let mut world = self.disk.world();
        let called = world.call(Path::new("a file"));
        let room = world
            .faults
            .capacity
            .map_or(usize::MAX, |all| all.saturating_sub(world.used()));
        // An error comes after a part, as often as not.
        let taken = match &called {
            Ok(()) => bytes.len().min(room),
            Err(_) if world.calls >= world.power_until => return called,
            Err(_) => usize::try_from(world.chance.below(bytes.len() as u64 + 1))
                .unwrap_or(0)
                .min(room),
        };
        if let Some(Node::File(file)) = world.nodes.get_mut(&self.node) {
            file.now.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        }
        called?;
        if taken < bytes.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(self: Box<Self>) -> Result<()> {
        let mut world = self.disk.world();
        world.call(Path::new("a file"))?;
        if let Some(Node::File(file)) = world.nodes.get_mut(&self.node) {
            file.synced = file.now.len();
        }
        Ok(())
    }
}
