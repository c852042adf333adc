"""What media must be told to run."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings

TMDB_IMAGES = "https://image.tmdb.org"


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MEDIANEST_MEDIA_", frozen=True)

    grpc_address: str = "127.0.0.1:50052"
    auth_addresses: str = ""
    """Where auth is, as `host:port,host:port`. Empty: the names of those who are
    removed stay in their requests."""
    sealing_keys: SecretStr
    """`id:hex,id:hex`: the first encrypts the tokens of media servers and the keys of
    Radarr and Sonarr, all read them. 32 bytes each."""
    rescan_every_s: float = Field(default=60.0, ge=1.0)
    """How often sources are looked through for what has changed."""
    reread_every_s: float = Field(default=3600.0, ge=1.0)
    """How often all of a media server is read, and not only what it says has
    changed."""
    unanswered_for_h: float = Field(default=24.0, gt=0, le=24 * 30)
    """For so many hours an approved request is sent again to a Radarr or Sonarr that
    does not answer. Then it has failed."""
    queues_every_s: float = Field(default=5.0, ge=1.0, le=600.0)
    """How often the queues of Radarr and Sonarr are looked at while something is
    downloaded; otherwise more rarely."""
    plex_address: str = Field(default="https://plex.tv", pattern=r"https?://[^/?#@]+/?")
    """Where Plex accounts are, whose owners look for their servers there."""
    plex_discover_address: str = Field(
        default="https://discover.provider.plex.tv", pattern=r"https?://[^/?#@]+/?"
    )
    """Where Plex keeps the watchlists of accounts."""
    plex_watchlists_every_s: float = Field(default=300.0, ge=1.0)
    """How often a watchlist at Plex is read that its owner has connected."""
    cards_mib: int = Field(default=80, ge=1)
    """How much is kept in memory of items as lists have shown them: 100,000 take about
    70 MiB."""
    gb_per_hour: float = Field(default=4.0, gt=0.0, le=1000.0)
    """What an hour of film is thought to take of the disks, for quotas by size."""
    gb_per_hour_4k: float = Field(default=12.0, gt=0.0, le=1000.0)
    """The same in 4K."""
    tmdb_key: SecretStr = SecretStr("")
    """An account's key for TMDB, or its token. Empty: titles come from the imported
    catalogue alone, and nobody is asked over the network."""
    tmdb_url: str = "https://api.themoviedb.org"
    """Where TMDB is, or what stands for it."""
    tmdb_requests: int = Field(default=40, ge=1, le=1000)
    """So often all processes together ask TMDB in `tmdb_window_s`."""
    tmdb_window_s: float = Field(default=10.0, ge=1.0, le=600.0)
    """Seconds."""
    tmdb_images_url: str = Field(default=TMDB_IMAGES, pattern=r"https?://[^/?#@]+/?")
    """Where posters of titles are. One that is set may be in this house; TMDB's own is
    asked at public addresses alone."""
    pictures_folder: str = ""
    """Where pictures are kept, also for the next start; several processes may share it.
    Empty: a folder that ends with this process."""
    pictures_most_mib: int = Field(default=2048, ge=64)
    """What the pictures may take of the disk. The longest unused go first."""
    pictures_keep_free_mib: int = Field(default=500, ge=0)
    """How much of the disk the pictures leave to others."""
    pictures_new_per_min: int = Field(default=600, ge=0)
    """So many new pictures one user may have made in a minute, by each process. 0: as
    many as they like. What is kept is not counted."""
    pictures_workers: int = Field(default=2, ge=1, le=16)
    """How many pictures are made smaller at once, each by a process of its own."""
    notifications_together_s: float = Field(default=60.0, ge=0, le=3600)
    """What happens of one kind and to one title within so many seconds is one message
    to somebody's mailbox or other target. The bell rings for each at once."""
    notify_private_addresses: bool = False
    """Whether targets of notifications may be in this house: at loopback or private
    addresses, as Home Assistant or a mail server of one's own is. Link-local addresses
    never are."""
    public_url: str = Field(default="", pattern=r"^(https?://[^?#@\s]+)?$")
    """Where people open the portal, for links in what they are told. Empty: without
    links."""
