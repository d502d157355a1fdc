//! Every forged token gets the same refusal.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use driveever_auth::{JwtReader, JwtSigner, KeyEncryptionKey};
use driveever_core::{
    Error,
    id::{IdGenerator, SystemIds},
    user::{AccessClaims, AuthService, Jwk, KeyId, SigningKey, TokenError, TokenReader, TokenSigner},
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::{Service, service};

/// A good token, what it says, and the key that verifies it.
struct Sample {
    service: Service,
    token: String,
    claims: AccessClaims,
    jwk: Jwk,
}

async fn sample() -> Sample {
    let service = service();
    service.register().await;
    let token = service.login().await.access_token.expose_secret().to_owned();
    let jwk = service.users.published_keys().await.unwrap().remove(0);
    let claims = JwtReader::new().verify(&token, &jwk.x).unwrap();
    Sample { service, token, claims, jwk }
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

impl Sample {
    /// Signs any header and any claims with the service's own key, as if it had made a mistake.
    async fn sign(&self, header: &Value, claims: &Value) -> String {
        let keys = self.service.users.keys().maintain().await.unwrap();
        let private = private_key(&keys);
        let message = format!("{}.{}", encode(header), encode(claims));
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(&private).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes())))
    }

    fn header(&self) -> Value {
        part(&self.token, 0)
    }

    fn body(&self) -> Value {
        part(&self.token, 1)
    }

    async fn refused(&self, token: &str) -> String {
        let error = self.service.authenticator().authenticate(token).await.unwrap_err();
        assert!(matches!(error, Error::Unauthenticated { code: "invalid_token", .. }), "{error}");
        error.to_string()
    }
}

/// What the store keeps, opened with the tests' key.
fn private_key(key: &SigningKey) -> Vec<u8> {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
    let sealed = URL_SAFE_NO_PAD.decode(key.private_key.expose().strip_prefix("v1.").unwrap()).unwrap();
    let (nonce, ciphertext) = sealed.split_at(12);
    let mut buffer = ciphertext.to_vec();
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &[3; 32]).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    cipher.open_in_place(nonce, Aad::from(key.id.uuid().as_bytes()), &mut buffer).unwrap().to_vec()
}

fn changed(json: &Value, name: &str, value: Value) -> Value {
    let mut json = json.clone();
    json[name] = value;
    json
}

fn without(json: &Value, name: &str) -> Value {
    let mut json = json.clone();
    json.as_object_mut().unwrap().remove(name);
    json
}

#[tokio::test]
async fn a_token_is_what_rfc_9068_says() {
    let sample = sample().await;
    let header = sample.header();
    assert_eq!(header, json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": sample.jwk.kid }));
    let body = sample.body();
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(!body[claim].is_null(), "{claim}");
    }
    assert_eq!(body["roles"], json!(["user"]));
    assert!(!body.to_string().contains("ann"));
    let identity = sample.service.authenticator().authenticate(&sample.token).await.unwrap();
    assert_eq!((identity.user_id, identity.session_id), (sample.claims.sub, sample.claims.sid));
    // The tests' own signer makes tokens that are let in, so that what follows fails for its own reason.
    let again = sample.sign(&header, &body).await;
    sample.service.authenticator().authenticate(&again).await.unwrap();
    let long_type = sample.sign(&changed(&header, "typ", json!("application/AT+JWT")), &body).await;
    sample.service.authenticator().authenticate(&long_type).await.unwrap();
}

#[tokio::test]
async fn other_algorithms_are_refused() {
    let sample = sample().await;
    let body = sample.body();
    for alg in ["none", "None", "NONE", "nOnE", "HS256", "HS512", "RS256", "PS256", "ES256", "Ed25519", "eddsa", ""] {
        let header = changed(&sample.header(), "alg", json!(alg));
        let message = format!("{}.{}", encode(&header), encode(&body));
        for signature in ["", sample.token.rsplit('.').next().unwrap()] {
            sample.refused(&format!("{message}.{signature}")).await;
        }
        let signed = sample.sign(&header, &body).await;
        sample.refused(&signed).await;
    }
}

#[tokio::test]
async fn an_hmac_with_the_public_key_is_refused() {
    let sample = sample().await;
    let raw = URL_SAFE_NO_PAD.decode(&sample.jwk.x).unwrap();
    for secret in [raw.as_slice(), sample.jwk.x.as_bytes(), serde_json::to_string(&sample.jwk).unwrap().as_bytes()] {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.typ = Some("at+jwt".into());
        header.kid = Some(sample.jwk.kid.clone());
        let key = jsonwebtoken::EncodingKey::from_secret(secret);
        let token = jsonwebtoken::encode(&header, &sample.claims, &key).unwrap();
        sample.refused(&token).await;
        assert_eq!(JwtReader::new().verify(&token, &sample.jwk.x), Err(TokenError::ForeignHeader));
    }
}

#[tokio::test]
async fn other_types_keys_and_critical_headers_are_refused() {
    let sample = sample().await;
    let (header, body) = (sample.header(), sample.body());
    let mut headers = vec![without(&header, "typ"), without(&header, "kid"), without(&header, "alg")];
    for typ in ["JWT", "jwt", "at+jwt ", "id_token", "application/jwt"] {
        headers.push(changed(&header, "typ", json!(typ)));
    }
    for kid in ["", "../../etc/passwd", "' or 1=1 --", &SystemIds.uuid().to_string(), &"x".repeat(1_000)] {
        headers.push(changed(&header, "kid", json!(kid)));
    }
    headers.push(changed(&header, "crit", json!(["exp"])));
    headers.push(changed(&header, "crit", json!([])));
    for header in headers {
        let token = sample.sign(&header, &body).await;
        sample.refused(&token).await;
    }
}

#[tokio::test]
async fn keys_within_the_token_are_ignored() {
    let sample = sample().await;
    let thief = JwtSigner::new(KeyEncryptionKey::new([3; 32]));
    let id = KeyId::new(SystemIds.uuid());
    let pair = thief.generate(id).unwrap();
    let now = "2026-11-23T09:30:00Z".parse().unwrap();
    let (public_key, private_key) = (pair.public_key, pair.private_key);
    let key = SigningKey { id, number: 1, public_key, private_key, created_at: now, signs_from: now };
    let own = Jwk::ed25519(sample.jwk.kid.parse().unwrap(), key.public_key.clone());
    let mut header = sample.header();
    header["jwk"] = serde_json::to_value(&own).unwrap();
    header["jku"] = json!("https://thief.example/jwks.json");
    header["x5u"] = json!("https://thief.example/cert.pem");
    // Signed by the thief's key, it is refused.
    let message = format!("{}.{}", encode(&header), encode(&sample.body()));
    let theirs = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(&self::private_key(&key)).unwrap();
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(theirs.sign(message.as_bytes())));
    sample.refused(&token).await;
    // Signed by ours, it is let in: the thief's key played no part.
    let token = sample.sign(&header, &sample.body()).await;
    sample.service.authenticator().authenticate(&token).await.unwrap();
}

#[tokio::test]
async fn wrong_claims_are_refused_though_they_are_signed() {
    let sample = sample().await;
    let (header, body) = (sample.header(), sample.body());
    let iat = sample.claims.iat;
    let mut bodies = Vec::new();
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "roles", "sid", "rev"] {
        bodies.push(without(&body, claim));
        bodies.push(changed(&body, claim, json!(null)));
        bodies.push(changed(&body, claim, json!({})));
    }
    bodies.push(changed(&body, "iss", json!("https://elsewhere.example")));
    bodies.push(changed(&body, "aud", json!("another")));
    bodies.push(changed(&body, "aud", json!(["driveever", "another"])));
    bodies.push(changed(&body, "exp", json!(iat - 61)));
    bodies.push(changed(&body, "exp", json!(iat + 86_400)));
    bodies.push(changed(&body, "exp", json!(1e300)));
    bodies.push(changed(&body, "exp", json!("never")));
    bodies.push(changed(&body, "nbf", json!(iat + 61)));
    bodies.push(changed(&body, "iat", json!(iat + 61)));
    bodies.push(changed(&body, "roles", json!(["root"])));
    bodies.push(changed(&body, "sub", json!("1 or 1=1")));
    let mut answers = Vec::new();
    for body in bodies {
        let token = sample.sign(&header, &body).await;
        answers.push(sample.refused(&token).await);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "one answer for every reason");
}

#[tokio::test]
async fn a_token_holds_for_its_life_and_the_skew() {
    let sample = sample().await;
    let in_seconds = |seconds| sample.service.clock.advance(std::time::Duration::from_secs(seconds));
    in_seconds(659);
    sample.service.authenticator().authenticate(&sample.token).await.unwrap();
    in_seconds(1);
    sample.refused(&sample.token).await;
}

#[tokio::test]
async fn altered_and_malformed_tokens_are_refused() {
    let sample = sample().await;
    let parts: Vec<&str> = sample.token.split('.').collect();
    let admin = encode(&changed(&sample.body(), "roles", json!(["admin"])));
    let mut tokens = vec![
        String::new(),
        "..".into(),
        "a.b.c".into(),
        "\0.\0.\0".into(),
        format!("{}.{admin}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}.{}", parts[0], parts[1], parts[2], parts[2]),
        format!("{}=", sample.token),
        format!(" {}", sample.token),
        "x".repeat(10_000_000),
        format!("{}.{}.{}", URL_SAFE_NO_PAD.encode("[".repeat(2_000)), parts[1], parts[2]),
    ];
    // One bit of each character of the signature, whose last one has bits to spare.
    for place in 0..parts[2].len() - 1 {
        let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        let bytes = signature.len();
        signature[place % bytes] ^= 1;
        tokens.push(format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(signature)));
    }
    for token in tokens {
        sample.refused(&token).await;
    }
}
