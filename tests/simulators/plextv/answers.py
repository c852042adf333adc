"""What plex.tv says of its accounts, servers and PINs, in its own words."""

import time
from typing import Any

from tests.simulators.plextv.people import Account, Pin, Server, Watched

Said = dict[str, Any]
_JOINED_AT = 1556281940


def error(code: int, message: str, status: int) -> Said:
    return {"errors": [{"code": code, "message": message, "status": status}]}


def pin(asked: Pin) -> Said:
    return {
        "id": asked.id,
        "code": asked.code,
        "product": asked.product,
        "trusted": False,
        "qr": f"https://plex.tv/api/v2/pins/qr/{asked.code}",
        "clientIdentifier": asked.client,
        "location": {
            "code": "VI",
            "european_union_member": False,
            "continent_code": "NA",
            "country": "United States Virgin Islands",
            "city": "Saint Thomas",
            "time_zone": "America/St_Thomas",
            "postal_code": "00802",
            "in_privacy_restricted_country": False,
            "in_privacy_restricted_region": False,
            "subdivisions": "Saint Thomas",
            "coordinates": "18.3381, -64.8941",
        },
        "expiresIn": max(0, round(asked.left_s)),
        "createdAt": _iso(asked.created_at),
        "expiresAt": _iso(asked.expires_at),
        "authToken": asked.token,
        "newRegistration": None,
    }


def user(account: Account, token: str, homes: dict[int, int]) -> Said:
    subscription = {
        "active": True,
        "subscribedAt": "2021-04-12T18:21:12Z",
        "status": "Active",
        "paymentService": None,
        "plan": "lifetime",
        "features": ["companions_sonos", "home", "pass"],
    }
    home = account.home or account.id
    return {
        "id": account.id,
        "uuid": account.uuid,
        "username": account.username,
        "title": account.title or account.username,
        "email": account.email,
        "friendlyName": "",
        "locale": None,
        "confirmed": True,
        "joinedAt": _JOINED_AT,
        "emailOnlyAuth": False,
        "hasPassword": True,
        "protected": False,
        "thumb": account.thumb,
        "authToken": token,
        "mailingListStatus": "unsubscribed",
        "mailingListActive": False,
        "scrobbleTypes": "",
        "country": "VI",
        "subscription": subscription,
        "subscriptionDescription": None,
        "restricted": False,
        "anonymous": None,
        "home": homes.get(home, 1) > 1,
        "guest": False,
        "homeSize": homes.get(home, 1),
        "homeAdmin": home == account.id,
        "maxHomeSize": 15,
        "rememberExpiresAt": int(time.time()) + 14 * 24 * 3600,
        "profile": {
            "autoSelectAudio": True,
            "defaultAudioAccessibility": 0,
            "defaultAudioLanguage": None,
            "defaultAudioLanguages": None,
            "defaultSubtitleLanguage": None,
            "defaultSubtitleLanguages": None,
            "autoSelectSubtitle": 0,
            "defaultSubtitleAccessibility": 0,
            "defaultSubtitleForced": 0,
            "watchedIndicator": 1,
            "mediaReviewsVisibility": 0,
            "mediaReviewsLanguages": None,
        },
        "entitlements": [],
        "roles": ["plexpass"],
        "services": [],
        "adsConsent": None,
        "adsConsentSetAt": None,
        "adsConsentReminderAt": None,
        "experimentalFeatures": False,
        "twoFactorEnabled": False,
        "backupCodesCreated": False,
        "attributionPartner": None,
    }


def resource(server: Server, owner: Account, asker: Account, token: str) -> Said:
    owned = owner.id == asker.id
    return {
        "name": server.name,
        "product": "Plex for Android (TV)" if server.is_player else "Plex Media Server",
        "productVersion": "1.41.3.9314-a0bfb8370",
        "platform": "Linux",
        "platformVersion": "6.1.0",
        "device": "PC",
        "clientIdentifier": server.machine_id,
        "createdAt": "2019-04-26T12:32:20Z",
        "lastSeenAt": "2026-11-21T11:59:00Z",
        "provides": "client,player" if server.is_player else "server",
        "ownerId": None if owned else owner.id,
        "sourceTitle": None if owned else owner.username,
        "publicAddress": "10.20.30.40",
        "accessToken": token,
        "owned": owned,
        "home": bool(owner.home) and owner.home == asker.home,
        "synced": False,
        "relay": True,
        "presence": True,
        "httpsRequired": False,
        "publicAddressMatches": True,
        "dnsRebindingProtection": False,
        "natLoopbackSupported": True,
        "connections": [
            {
                "protocol": "https",
                "address": "10.0.0.25",
                "port": 32400,
                "uri": "https://10-0-0-25.0123456789abcdef.plex.direct:32400",
                "local": True,
                "relay": False,
                "IPv6": False,
            }
        ],
    }


def friend(account: Account, servers: list[tuple[Server, Account]]) -> Said:
    return {
        "id": account.id,
        "title": account.title or account.username,
        "username": account.username,
        "email": account.email,
        "recommendationsPlaylistId": "",
        "thumb": account.thumb,
        "protected": 0,
        "home": 1 if account.home else 0,
        "allowTuners": 0,
        "allowSync": 1,
        "allowCameraUpload": 0,
        "allowChannels": 0,
        "allowSubtitleAdmin": 0,
        "filterAll": "",
        "filterMovies": "",
        "filterMusic": "",
        "filterPhotos": "",
        "filterTelevision": "",
        "restricted": 0,
        "Server": [
            {
                "id": number,
                "serverId": number,
                "machineIdentifier": server.machine_id,
                "name": server.name,
                "lastSeenAt": 1731605021,
                "numLibraries": 2,
                "allLibraries": 1,
                "owned": 0,
                "pending": 0,
            }
            for number, (server, _) in enumerate(servers, 1)
        ],
    }


def home_user(account: Account) -> Said:
    return {
        "id": account.id,
        "uuid": account.uuid,
        "admin": 0 if account.home else 1,
        "guest": 0,
        "restricted": 0,
        "protected": 0,
        "title": account.title or account.username,
        "username": account.username,
        "email": account.email,
        "thumb": account.thumb,
    }


def watchlist(page: list[Watched], start: int, total: int, *, has_guids: bool) -> Said:
    return {
        "MediaContainer": {
            "librarySectionID": "watchlist",
            "librarySectionTitle": "Watchlist",
            "offset": start,
            "totalSize": total,
            "identifier": "tv.plex.provider.metadata",
            "size": len(page),
            "Metadata": [
                {
                    "type": each.kind,
                    "title": each.title,
                    "year": each.year,
                    **(
                        {"Guid": [{"id": guid} for guid in each.guids]}
                        if has_guids
                        else {}
                    ),
                }
                for each in page
            ],
        }
    }


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
