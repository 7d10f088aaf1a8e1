//! Props that are compared by identity.

use std::{ops::Deref, rc::Rc};

use yew::html::ImplicitClone;

/// A shared value; equal to itself and its clones only, which costs nothing to find out.
#[derive(Debug, Default)]
pub(crate) struct Same<T>(Rc<T>);

impl<T> Same<T> {
    /// Shares a value.
    pub(crate) fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> From<Rc<T>> for Same<T> {
    fn from(value: Rc<T>) -> Self {
        Self(value)
    }
}

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> ImplicitClone for Same<T> {}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Same<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
