//! Certificates for a cluster on this machine: an authority of our own, and one certificate that all nodes share.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs;
use std::path::{Path, PathBuf};

/// Files in PEM.
pub(crate) struct Certificates {
    /// Of who has issued them.
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificates {
    /// Issues them.
    ///
    /// # Panics
    /// When the disk refuses.
    #[must_use]
    pub(crate) fn issue(dir: &Path) -> Self {
        let key = || KeyPair::generate().expect("a key can be made");
        let mut authority = CertificateParams::new([]).expect("no names are fine");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, key()).expect("an authority signs itself");
        let node_key = key();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let node = CertificateParams::new(names).expect("names of this machine are fine");
        let node = node.signed_by(&node_key, &authority).expect("the authority signs");
        let write = |name: &str, pem: String| {
            let path = dir.join(name);
            fs::write(&path, pem).expect("the disk has room");
            path
        };
        Self {
            authority: write("authority.pem", authority.pem()),
            certificate: write("node.pem", node.pem()),
            key: write("node.key", node_key.serialize_pem()),
        }
    }
}
