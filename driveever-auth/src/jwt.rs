//! Access tokens as JSON Web Tokens (RFC 7519), signed with Ed25519 (RFC 8037).
//!
//! The reader takes one algorithm and one type of token, and no key from the token itself: `alg` must be `EdDSA`, `typ` must be
//! `at+jwt`, `kid` is looked up and nothing else, `jku`, `x5u`, `jwk` are ignored, a `crit` is refused (RFC 8725 section 3,
//! RFC 9068 section 4). Times, issuer and audience are core's to check, on core's clock.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use driveever_core::{
    Error,
    user::{AccessClaims, KeyId, NewKeyPair, SigningKey, TokenError, TokenReader, TokenSigner},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;

use crate::sealing::KeyEncryptionKey;

const TYPE: &str = "at+jwt";
/// The media type in full, which RFC 9068 section 4 has a reader take as well.
const MEDIA_TYPE: &str = "application/at+jwt";
/// No token of ours is near as long; a longer one is not even decoded.
const MAX_TOKEN: usize = 4_096;

/// Makes Ed25519 key pairs and signs with them.
#[derive(Debug, Clone)]
pub struct JwtSigner {
    sealing: KeyEncryptionKey,
}

impl JwtSigner {
    /// With private keys sealed by this key.
    pub const fn new(sealing: KeyEncryptionKey) -> Self {
        Self { sealing }
    }
}

impl TokenSigner for JwtSigner {
    fn generate(&self, id: KeyId) -> Result<NewKeyPair, Error> {
        let failed = |_| Error::internal("an Ed25519 key pair cannot be made");
        let pair = Ed25519KeyPair::generate().map_err(failed)?;
        let private_key = pair.to_pkcs8().map_err(failed)?;
        Ok(NewKeyPair {
            public_key: URL_SAFE_NO_PAD.encode(pair.public_key()),
            private_key: self.sealing.seal(id, private_key.as_ref())?,
        })
    }

    fn check(&self, key: &SigningKey) -> Result<(), Error> {
        self.sealing.open(key.id, &key.private_key).map(drop)
    }

    fn sign(&self, key: &SigningKey, claims: &AccessClaims) -> Result<SecretString, Error> {
        let private_key = EncodingKey::from_ed_der(&self.sealing.open(key.id, &key.private_key)?);
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.to_string());
        jsonwebtoken::encode(&header, claims, &private_key).map(SecretString::from).map_err(Error::internal)
    }
}

/// Reads access tokens and checks their signatures.
#[derive(Debug, Clone)]
pub struct JwtReader {
    validation: Validation,
}

impl Default for JwtReader {
    fn default() -> Self {
        Self::new()
    }
}

impl JwtReader {
    /// A reader of `EdDSA` tokens.
    pub fn new() -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        // The library would ask the system's clock; the claims are required by their type, and checked in core.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self { validation }
    }

    fn header(token: &str) -> Result<KeyId, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        let has_type = |typ: &str| typ.eq_ignore_ascii_case(TYPE) || typ.eq_ignore_ascii_case(MEDIA_TYPE);
        let is_ours = header.alg == Algorithm::EdDSA && header.typ.as_deref().is_some_and(has_type);
        if !is_ours || header.crit.is_some() {
            return Err(TokenError::ForeignHeader);
        }
        header.kid.and_then(|kid| kid.parse().ok()).ok_or(TokenError::ForeignHeader)
    }
}

impl TokenReader for JwtReader {
    fn key_id(&self, token: &str) -> Result<KeyId, TokenError> {
        Self::header(token)
    }

    fn verify(&self, token: &str, public_key: &str) -> Result<AccessClaims, TokenError> {
        use jsonwebtoken::errors::ErrorKind;
        Self::header(token)?;
        let key = DecodingKey::from_ed_components(public_key).map_err(|_| TokenError::UnknownKey)?;
        let token = jsonwebtoken::decode(token, &key, &self.validation).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenError::WrongSignature,
            ErrorKind::InvalidAlgorithm => TokenError::ForeignHeader,
            ErrorKind::Json(_) => TokenError::Claims,
            _ => TokenError::Malformed,
        })?;
        Ok(token.claims)
    }
}
