# Thin names for `cargo xtask`; everything works without just.
test:
    cargo xtask test
ci:
    cargo xtask ci
bench *ARGS:
    cargo xtask bench {{ARGS}}
load *ARGS:
    cargo xtask load {{ARGS}}
coverage:
    cargo xtask coverage
openapi:
    cargo xtask openapi
seed:
    cargo xtask seed
