//! Keeps shards: each is asked for once, and everyone who waits for it hears when it comes.

use std::{any::Any, cell::RefCell, collections::HashMap, rc::Rc};

use covatlas_shared::shard::ShardError;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::{LoadError, Remote, error::LoadReason, transport::Home};
use crate::route::lens;

/// How many source packs are kept: a pack holds the text of a Go package.
const MAX_PACKS: usize = 48;

/// All shards of the page. Cheap to clone; clones share their contents.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

struct Inner {
    home: Home,
    slots: RefCell<HashMap<String, Slot>>,
    clock: RefCell<u64>,
}

/// Turns the bytes of a shard into what it holds.
pub(super) type Decode = Box<dyn FnOnce(&[u8]) -> Result<Rc<dyn Any>, ShardError>>;

/// What is known of one shard.
#[derive(Default)]
struct Slot {
    state: State,
    waiting: Vec<(u64, Callback<()>)>,
    /// When it was last looked at, in calls of [`Store::peek`].
    used: u64,
}

#[derive(Default)]
enum State {
    #[default]
    New,
    Loading,
    Failed(LoadError),
    Ready(Rc<dyn Any>),
}

impl Store {
    /// The store of the page in which the viewer runs: one for all components.
    pub fn of_page() -> Self {
        thread_local! {
            static STORE: Store = Store(Rc::new(Inner {
                home: Home::of_page(),
                slots: RefCell::default(),
                clock: RefCell::default(),
            }));
        }
        STORE.with(Self::clone)
    }

    /// Name of the manifest shard under the lens.
    pub(super) fn manifest(&self) -> String {
        self.0.home.manifest(&lens::current())
    }

    /// Forgets a failed shard and asks for it again.
    pub fn retry(&self, name: &str) {
        if let Some(slot) = self.0.slots.borrow_mut().get_mut(name)
            && matches!(slot.state, State::Failed(_))
        {
            slot.state = State::New;
        }
        self.notify(name);
    }

    /// The shard as far as it is here; nothing is asked for.
    pub(super) fn peek<T: 'static>(&self, name: &str) -> Remote<T> {
        let now = self.tick();
        let mut slots = self.0.slots.borrow_mut();
        let Some(slot) = slots.get_mut(name) else { return Remote::Loading };
        slot.used = now;
        match &slot.state {
            State::New | State::Loading => Remote::Loading,
            State::Failed(error) => Remote::Failed(error.clone()),
            State::Ready(value) => match Rc::clone(value).downcast() {
                Ok(value) => Remote::Ready(value),
                Err(_) => Remote::Failed(LoadReason::OtherContent.of(name)),
            },
        }
    }

    /// Whether nobody asked for the shard yet, or it failed and is to be asked for again.
    pub(super) fn is_new(&self, name: &str) -> bool {
        let slots = self.0.slots.borrow();
        slots.get(name).is_none_or(|slot| matches!(slot.state, State::New))
    }

    /// Asks for a shard unless that was done; `decode` turns its bytes into what it holds.
    ///
    /// Takes a box, so that the code that loads is there once and not once per kind.
    pub(super) fn request(&self, name: &str, decode: Decode) {
        {
            let mut slots = self.0.slots.borrow_mut();
            let slot = slots.entry(name.to_owned()).or_default();
            if !matches!(slot.state, State::New) {
                return;
            }
            slot.state = State::Loading;
        }
        let (store, name) = (self.clone(), name.to_owned());
        spawn_local(async move {
            let loaded = store.0.home.load(&name).await;
            let decoded = loaded
                .and_then(|bytes| decode(&bytes).map_err(|e| LoadReason::Damaged(e.to_string())));
            let state = match decoded {
                Ok(value) => State::Ready(value),
                Err(reason) => State::Failed(reason.of(&name)),
            };
            if let Some(slot) = store.0.slots.borrow_mut().get_mut(&name) {
                slot.state = state;
            }
            store.forget_old_packs();
            store.notify(&name);
        });
    }

    /// Calls `changed` whenever the state of the shard changes, until [`Store::unsubscribe`].
    pub(super) fn subscribe(&self, name: &str, changed: Callback<()>) -> u64 {
        let id = self.tick();
        let mut slots = self.0.slots.borrow_mut();
        slots.entry(name.to_owned()).or_default().waiting.push((id, changed));
        id
    }

    pub(super) fn unsubscribe(&self, name: &str, id: u64) {
        if let Some(slot) = self.0.slots.borrow_mut().get_mut(name) {
            slot.waiting.retain(|(other, _)| *other != id);
        }
    }

    fn notify(&self, name: &str) {
        let slots = self.0.slots.borrow();
        let waiting: Vec<Callback<()>> =
            slots.get(name).into_iter().flat_map(|s| &s.waiting).map(|(_, c)| c.clone()).collect();
        drop(slots);
        for changed in waiting {
            changed.emit(());
        }
    }

    /// Drops the source packs that nobody shows and that were not looked at for longest.
    fn forget_old_packs(&self) {
        let mut slots = self.0.slots.borrow_mut();
        let is_pack = |name: &str| name.starts_with("source-");
        loop {
            let packs = slots.iter().filter(|(name, slot)| {
                is_pack(name) && slot.waiting.is_empty() && matches!(slot.state, State::Ready(_))
            });
            let packs: Vec<(u64, &String)> = packs.map(|(name, slot)| (slot.used, name)).collect();
            let oldest = packs.iter().min().map(|(_, name)| (*name).clone());
            match oldest {
                Some(oldest) if packs.len() > MAX_PACKS => slots.remove(&oldest),
                _ => return,
            };
        }
    }

    fn tick(&self) -> u64 {
        let mut clock = self.0.clock.borrow_mut();
        *clock = clock.saturating_add(1);
        *clock
    }
}
