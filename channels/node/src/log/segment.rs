//! A segment file: made full of zeros, then written from front to back.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use super::error::{disk, DiskStep};
use super::folder::{Folder, UNFINISHED};
use super::format::{SegmentHeader, HEADER};
use super::{LogError, RecordNumber};

/// Bytes written at a time when a segment is filled.
const CHUNK: usize = 1024 * 1024;

/// The segment that is written.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    /// Where the next group goes.
    pub(crate) end: u32,
    path: PathBuf,
    file: File,
}

impl Segment {
    /// Continues a segment behind `end`, once it has its full size there and zeros behind.
    pub(crate) fn resume(
        folder: &Folder,
        number: u64,
        end: u32,
        size: u32,
        dirty: bool,
    ) -> Result<Self, LogError> {
        let path = folder.segment(number);
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let file = opened.map_err(disk(&path, DiskStep::Open))?;
        if dirty {
            file.set_len(u64::from(end)).map_err(disk(&path, DiskStep::Write))?;
            zero(&file, u64::from(end), u64::from(size.max(end)))
                .map_err(disk(&path, DiskStep::Write))?;
        }
        let segment = Self { number, end, path, file };
        // Also where nothing was cut: what was read may be in the page cache only.
        segment.file.sync_all().map_err(disk(&segment.path, DiskStep::Sync))?;
        Ok(segment)
    }

    /// Begins a segment in a spare file.
    pub(crate) fn begin(
        folder: &Folder,
        spare: Spare,
        number: u64,
        first: RecordNumber,
    ) -> Result<Self, LogError> {
        let (spare, file) = spare.wait()?;
        let header = SegmentHeader { segment: number, first }.encode();
        file.write_all_at(&header, 0).map_err(disk(&spare, DiskStep::Write))?;
        file.sync_data().map_err(disk(&spare, DiskStep::Sync))?;
        let path = folder.segment(number);
        folder.publish(&spare, &path)?;
        Ok(Self { number, end: HEADER, path, file })
    }

    /// Writes a group and waits until it is durable. After an error the segment is not used again: the
    /// kernel may have dropped what it could not write, and a second sync would not tell.
    pub(crate) fn commit(&mut self, group: &[u8]) -> Result<(), LogError> {
        let failed = |step| disk(&self.path, step);
        let len = u32::try_from(group.len()).ok();
        let end = len.and_then(|len| self.end.checked_add(len)).ok_or(LogError::Stopped)?;
        self.file.write_all_at(group, u64::from(self.end)).map_err(failed(DiskStep::Write))?;
        self.file.sync_data().map_err(failed(DiskStep::Sync))?;
        self.end = end;
        Ok(())
    }
}

/// A file full of zeros that will be a segment, made by a thread of its own while nobody waits for it.
///
/// Zeros are written, not only allocated: a sync of a write into blocks that are merely reserved has to
/// wait for the file system's journal as well, which takes twice as long.
#[derive(Debug)]
pub(crate) struct Spare(Option<JoinHandle<Result<(PathBuf, File), LogError>>>);

impl Spare {
    /// Starts making one in `folder`, where nothing else is being made.
    pub(crate) fn start(folder: &Folder, number: u64, size: u32) -> Self {
        let path = with_ending(&folder.segment(number));
        Self(Some(thread::spawn(move || make(path, size))))
    }

    fn wait(mut self) -> Result<(PathBuf, File), LogError> {
        let made = self.0.take().and_then(|making| making.join().ok());
        made.unwrap_or(Err(LogError::Stopped))
    }
}

impl Drop for Spare {
    /// Waits: the next writer of the folder makes a file of the same name.
    fn drop(&mut self) {
        if let Some(making) = self.0.take() {
            // What it failed at concerns nobody any more.
            let _ = making.join();
        }
    }
}

fn make(path: PathBuf, size: u32) -> Result<(PathBuf, File), LogError> {
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
    let file = made.map_err(disk(&path, DiskStep::Open))?;
    zero(&file, 0, u64::from(size)).map_err(disk(&path, DiskStep::Write))?;
    file.sync_all().map_err(disk(&path, DiskStep::Sync))?;
    Ok((path, file))
}

fn zero(file: &File, from: u64, to: u64) -> std::io::Result<()> {
    let zeros = vec![0; CHUNK];
    let mut at = from;
    while at < to {
        let left = usize::try_from(to - at).unwrap_or(CHUNK).min(CHUNK);
        file.write_all_at(&zeros[..left], at)?;
        at += u64::try_from(left).unwrap_or(u64::MAX);
    }
    Ok(())
}

/// Returns the name that a file has until it is finished.
pub(crate) fn with_ending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// Writes a whole file under a name for unfinished ones, durably.
pub(crate) fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<PathBuf, LogError> {
    let path = with_ending(path);
    let mut file = File::create(&path).map_err(disk(&path, DiskStep::Open))?;
    for part in parts {
        file.write_all(part).map_err(disk(&path, DiskStep::Write))?;
    }
    file.sync_all().map_err(disk(&path, DiskStep::Sync))?;
    Ok(path)
}
