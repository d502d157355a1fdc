//! Private keys at rest: AES-256-GCM under a key that is not in the store.
//!
//! A sealed key is `v1.` and base64url of nonce, ciphertext and tag. It is bound to the id of its row: moved to another
//! row, it does not open. Whoever reads the database alone can sign nothing.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use driveever_core::{
    Error,
    user::{KeyId, SealedKey},
};

use crate::secrets::random;

const VERSION: &str = "v1.";
const KEY_BYTES: usize = 32;

/// The key that private keys are sealed with. Keep it apart from the database; without it, nothing new can be signed.
#[derive(Clone)]
pub struct KeyEncryptionKey([u8; KEY_BYTES]);

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyEncryptionKey(hidden)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyEncryptionKeyError {
    /// The text is no key.
    #[error("a key-encryption key is 32 bytes in base64url without padding: 43 characters")]
    Malformed,
    /// The file holds no key.
    #[error("{} holds no key-encryption key: expected 32 bytes in base64url without padding, 43 characters", .0.display())]
    MalformedFile(PathBuf),
    /// The file cannot be read or made.
    #[error("cannot read or make the key-encryption key {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl KeyEncryptionKey {
    /// These 32 bytes, which must be random.
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// A new one.
    ///
    /// # Errors
    /// [`KeyEncryptionKeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyEncryptionKeyError> {
        random().map(Self).map_err(|_| KeyEncryptionKeyError::NoRandomness)
    }

    /// From base64url, as a configuration has it.
    ///
    /// # Errors
    /// [`KeyEncryptionKeyError::Malformed`].
    pub fn from_base64(text: &str) -> Result<Self, KeyEncryptionKeyError> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(KeyEncryptionKeyError::Malformed)
    }

    /// The key in this file.
    ///
    /// # Errors
    /// [`KeyEncryptionKeyError::File`], also when there is none, and [`KeyEncryptionKeyError::MalformedFile`].
    pub fn load(path: &Path) -> Result<Self, KeyEncryptionKeyError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::from_base64(&text).map_err(|_| KeyEncryptionKeyError::MalformedFile(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(KeyEncryptionKeyError::MalformedFile(path.to_owned()))
            }
            Err(source) => Err(KeyEncryptionKeyError::File { path: path.to_owned(), source }),
        }
    }

    /// The key in this file; when there is no file, it is made with a new key, for its owner's eyes only.
    ///
    /// # Errors
    /// [`KeyEncryptionKeyError::File`] and [`KeyEncryptionKeyError::MalformedFile`]: a file that is there is never
    /// overwritten.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyEncryptionKeyError> {
        let failed = |source| KeyEncryptionKeyError::File { path: path.to_owned(), source };
        match Self::load(path) {
            Err(KeyEncryptionKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let key = Self::generate()?;
                match key.create(path) {
                    // Another process made it meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load_or_create(path),
                    result => result.map(|()| key).map_err(failed),
                }
            }
            loaded => loaded,
        }
    }

    /// Writes a file beside and links it into place, so that nobody ever reads half a key.
    fn create(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unique: [u8; 8] = random().map_err(io::Error::other)?;
        let beside = path.with_extension(format!("{}.new", URL_SAFE_NO_PAD.encode(unique)));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        let written = file.write_all(URL_SAFE_NO_PAD.encode(self.0).as_bytes()).and_then(|()| file.sync_all());
        let linked = written.and_then(|()| fs::hard_link(&beside, path));
        fs::remove_file(&beside)?;
        linked
    }

    /// A keyed hash (HMAC-SHA-256) for one purpose: hashes of different purposes have nothing to do with one another, and
    /// none says anything about this key.
    pub fn keyed_hash(&self, purpose: &'static str) -> impl Fn(&[u8]) -> [u8; 32] + Send + Sync + use<> {
        let master = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&master, purpose.as_bytes()).as_ref());
        move |message| {
            let mut hash = [0; 32];
            hash.copy_from_slice(hmac::sign(&key, message).as_ref());
            hash
        }
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, Error> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0).map_err(|_| Error::internal("AES-256-GCM refuses its key"))
    }

    /// Seals a private key for the row with this id.
    pub(crate) fn seal(&self, id: KeyId, private_key: &[u8]) -> Result<SealedKey, Error> {
        let mut sealed = private_key.to_vec();
        let nonce = self
            .cipher()?
            .seal_in_place_append_tag(Aad::from(id.uuid().as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a private key cannot be sealed"))?;
        let whole = [nonce.as_ref().as_slice(), &sealed].concat();
        Ok(SealedKey::new(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(whole))))
    }

    /// Opens the private key of the row with this id.
    pub(crate) fn open(&self, id: KeyId, sealed: &SealedKey) -> Result<Vec<u8>, Error> {
        let refused = || {
            Error::internal(format!(
                "signing key {id} does not open: this is not the key-encryption key that it was sealed with"
            ))
        };
        let text = sealed.expose().strip_prefix(VERSION).ok_or_else(refused)?;
        let whole = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        let (nonce, ciphertext) = whole.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut buffer = ciphertext.to_vec();
        let opened = self.cipher()?.open_in_place(nonce, Aad::from(id.uuid().as_bytes()), &mut buffer);
        opened.map(|bytes| bytes.to_vec()).map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use driveever_core::id::{IdGenerator, SequentialIds};

    use super::*;

    fn ids() -> (KeyId, KeyId) {
        let ids = SequentialIds::new();
        (KeyId::new(ids.uuid()), KeyId::new(ids.uuid()))
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_and_row_only() {
        let ((id, other), key) = (ids(), KeyEncryptionKey::generate().unwrap());
        let sealed = key.seal(id, b"private").unwrap();
        assert_eq!(key.open(id, &sealed).unwrap(), b"private");
        assert_ne!(key.seal(id, b"private").unwrap(), sealed, "another nonce each time");
        assert!(key.open(other, &sealed).is_err(), "moved to another row");
        assert!(KeyEncryptionKey::generate().unwrap().open(id, &sealed).is_err());
        for bad in ["", "v1.", "v1.AAAA", "v2.AAAA", &sealed.expose()[..40], &format!("{}A", sealed.expose())] {
            assert!(key.open(id, &SealedKey::new(bad)).is_err(), "{bad}");
        }
        assert!(!format!("{key:?} {sealed:?}").contains(sealed.expose()));
    }

    #[test]
    fn keyed_hashes_belong_to_their_key_and_purpose() {
        let key = KeyEncryptionKey::new([7; 32]);
        let hash = key.keyed_hash("fingerprints");
        assert_eq!(hash(b"a body"), key.clone().keyed_hash("fingerprints")(b"a body"));
        assert_ne!(hash(b"a body"), hash(b"another body"));
        assert_ne!(hash(b"a body"), key.keyed_hash("something else")(b"a body"));
        assert_ne!(hash(b"a body"), KeyEncryptionKey::new([8; 32]).keyed_hash("fingerprints")(b"a body"));
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/signing.key");
        let made = KeyEncryptionKey::load_or_create(&path).unwrap();
        assert_eq!(KeyEncryptionKey::load_or_create(&path).unwrap().0, made.0);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        fs::write(&path, "not a key").unwrap();
        assert!(matches!(KeyEncryptionKey::load_or_create(&path), Err(KeyEncryptionKeyError::MalformedFile(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
        assert!(KeyEncryptionKey::load_or_create(folder.path()).is_err());
    }

    #[test]
    fn processes_that_start_at_once_agree_on_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let make = |_| scope.spawn(|| KeyEncryptionKey::load_or_create(&path).unwrap().0);
            let threads: Vec<_> = (0..8).map(make).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_configured_key_is_32_bytes() {
        let text = URL_SAFE_NO_PAD.encode([9; 32]);
        assert_eq!(KeyEncryptionKey::from_base64(&format!("{text}\n")).unwrap().0, [9; 32]);
        for bad in ["", "AAAA", &text[..42], &format!("{text}AA"), "not base64 at all, by no means, not at all!"] {
            assert!(KeyEncryptionKey::from_base64(bad).is_err());
        }
    }
}
