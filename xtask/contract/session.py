"""The session of a contract run.

session.py open ADDRESS EMAIL PASSWORD   prints an access token; the account is made when it is not there
session.py check ADDRESS                 fails when CONTRACT_TOKEN does not hold any more
"""

import os
import sys

import requests


def open_session(address: str, email: str, password: str) -> None:
    account = {"email": email, "password": password, "name": "Contract"}
    # An account that is there already (the first admin is) answers with a problem, and the log-in below decides.
    requests.post(f"{address}/api/users/register", json=account, timeout=30)
    answer = requests.post(f"{address}/api/auth/login", json={"email": email, "password": password}, timeout=30)
    answer.raise_for_status()
    print(answer.json()["accessToken"])


def check_session(address: str) -> None:
    headers = {"Authorization": f"Bearer {os.environ['CONTRACT_TOKEN']}"}
    requests.get(f"{address}/api/users/me", headers=headers, timeout=30).raise_for_status()


{"open": open_session, "check": check_session}[sys.argv[1]](*sys.argv[2:])
