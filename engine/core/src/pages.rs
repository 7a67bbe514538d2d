//! A long row of items in pages of fixed size: it grows without moving what is there, so no scan ever waits for a copy, and
//! nothing is kept twice while it grows.

use alloc::vec::Vec;

/// Items of a page; a power of two.
const PAGE: usize = 16_384;

/// Items by number.
#[derive(Debug)]
pub(crate) struct Pages<T> {
    pages: Vec<Vec<T>>,
    length: usize,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            length: 0,
        }
    }
}

impl<T: Copy> Pages<T> {
    /// Adds an item and gives its number.
    pub(crate) fn push(&mut self, item: T) -> u32 {
        let at = u32::try_from(self.length).expect("fewer than 2^32 items in one shard");
        if self.length.is_multiple_of(PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
        self.length += 1;
        at
    }

    #[inline]
    pub(crate) fn get(&self, at: u32) -> Option<&T> {
        let at = at as usize;
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let at = at as usize;
        self.pages.get_mut(at / PAGE)?.get_mut(at % PAGE)
    }

    /// The items from one on, as many as there are of `count`; they lie in one page.
    #[inline]
    pub(crate) fn stretch(&self, from: u32, count: usize) -> &[T] {
        let at = from as usize % PAGE;
        let page = self.pages.get(from as usize / PAGE).map_or(&[][..], Vec::as_slice);
        page.get(at..page.len().min(at + count)).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn stretch_mut(&mut self, from: u32, count: usize) -> &mut [T] {
        let at = from as usize % PAGE;
        let page = self
            .pages
            .get_mut(from as usize / PAGE)
            .map_or(&mut [][..], Vec::as_mut_slice);
        let end = page.len().min(at + count);
        page.get_mut(at..end).unwrap_or_default()
    }

    /// Adds as many items as there are of `count` that will lie in one page, and gives the number of the first; what is left
    /// of a page that is too short is filled up.
    pub(crate) fn push_stretch(&mut self, item: T, count: usize) -> u32 {
        if self.length % PAGE + count > PAGE {
            while !self.length.is_multiple_of(PAGE) {
                self.push(item);
            }
        }
        let first = self.push(item);
        (1..count).for_each(|_| _ = self.push(item));
        first
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Bytes of the items; the last page's reserve is not touched and not counted.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.length * size_of::<T>()
    }
}

/// Items that come and go: the room of one that went is taken by the next.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    items: Pages<T>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            items: Pages::default(),
            free: Vec::new(),
        }
    }
}

impl<T: Copy> Slab<T> {
    /// Keeps an item and gives its number.
    pub(crate) fn put(&mut self, item: T) -> u32 {
        if let Some(at) = self.free.pop()
            && let Some(slot) = self.items.get_mut(at)
        {
            *slot = item;
            return at;
        }
        self.items.push(item)
    }

    /// Keeps an item in the place of another, if one is given; gives its number.
    pub(crate) fn put_at(&mut self, at: Option<u32>, item: T) -> u32 {
        match at.and_then(|at| self.items.get_mut(at).zip(Some(at))) {
            Some((slot, at)) => {
                *slot = item;
                at
            }
            None => self.put(item),
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: u32) -> Option<&T> {
        self.items.get(at)
    }

    /// Gives the room of an item back.
    pub(crate) fn remove(&mut self, at: u32) {
        self.free.push(at);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.items.memory_bytes() + 4 * self.free.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_where_they_are() {
        let mut pages = Pages::default();
        let many = 3 * PAGE as u32 + 5;
        for item in 0..many {
            assert_eq!(pages.push(item), item);
        }
        for at in 0..many {
            assert_eq!(pages.get(at), Some(&at));
        }
        assert_eq!(pages.get(many), None);
        assert_eq!(pages.len(), many as usize);
    }

    #[test]
    fn room_is_used_again() {
        let mut slab = Slab::default();
        let (a, b) = (slab.put('a'), slab.put('b'));
        slab.remove(a);
        assert_eq!(slab.put('c'), a);
        assert_eq!((slab.get(a), slab.get(b)), (Some(&'c'), Some(&'b')));
    }
}
