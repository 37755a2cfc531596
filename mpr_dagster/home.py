"""`MPR_HOME`: where each kind of local state lies. Two homes never touch.

media-in/ media-out/    the two roots, unless MPR_MEDIA_IN and MPR_MEDIA_OUT name others
profiles/               the user's own profiles
runs/<run>/events.jsonl what each run said
dagster/                DAGSTER_HOME: dagster.yaml, runs, event log
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mpr_core.errors import ConfigError
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.runner.context import Services, in_process
from mpr_core.runner.workers import Workers, spare_cores
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.probe import Probed, probe
from mpr_core.store.s3 import S3Access
from mpr_dagster.settings import Settings, read_settings

if TYPE_CHECKING:
    from mpr_core.inference.operations import Inference

# In a checkout the files at the top of the repository, in an installed package the copies that ship in it.
_SHIPPED = (Path(__file__).parents[1], Path(__file__).parent)


class Home:
    """The paths and stores of one set of settings.

    Raises:
        ConfigError: the environment does not fit, or `MPR_HOME` is a file.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or read_settings()
        self.root = self.settings.home.expanduser().absolute()
        if self.root.exists() and not self.root.is_dir():
            raise ConfigError("MPR_HOME is no folder", where=str(self.root), why="it is a file", remedy="name a folder")
        self.profiles = ProfileLibrary(self.root / "profiles")

    def media_in(self) -> ObjectStore:
        """The root of source video."""
        return self._store(self.settings.media_in, "media-in")

    def media_out(self) -> ObjectStore:
        """The root of everything that is computed."""
        return self._store(self.settings.media_out, "media-out")

    def check_stores(self, *, ingests: bool = False) -> None:
        """Learn whether the buckets can do what is needed, once per process; a folder shows that by itself.

        Args:
            ingests: media-in is to be written.
        Raises:
            StoreRefused: a bucket, key, region or endpoint is wrong.
            StoreUnavailable: a store does not answer.
        """
        for store, writes in ((self.media_in(), ingests), (self.media_out(), True)):
            if store.access is not None:
                _probed(store.url, store.access, writes)

    def inference(self) -> Inference:
        """The routines that infer: the inference host's, else this process's own."""
        host = self.settings.inference_host()
        if host is None:
            return in_process()
        from mpr_core.inference.host.host_inference import HostInference  # with it come vision libraries

        return HostInference(host)

    def services(self) -> Services:
        """What a run works with."""
        return Services(
            media_in=self.media_in(),
            media_out=self.media_out(),
            inference=self.inference(),
            limits=self.settings.limits(),
            disabled_reasons=self.settings.disabled_reasons(),
            models=self.settings.model_access(),
            workers=Workers(spare_cores() if self.settings.workers is None else self.settings.workers),
        )

    def events_path(self, run_id: str) -> Path:
        return self.root / "runs" / run_id / "events.jsonl"

    def drop_events(self, run_id: str) -> int:
        """Delete a run's file of events; returns the bytes that it had."""
        path = self.events_path(run_id)
        size_bytes = path.stat().st_size if path.is_file() else 0
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
        return size_bytes

    def dagster_home(self) -> Path:
        """DAGSTER_HOME: the environment's, else a folder of this home, made ready."""
        own = self.root / "dagster"
        folder = (self.settings.dagster_home or own).expanduser().absolute()
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "dagster.yaml"
        if folder == own and not config.exists():  # anyone else's stays as they wrote it
            config.write_text(shipped_file("dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        return folder

    def environment(self) -> dict[str, str]:
        """This process's environment for one of Dagster's own, which then works in this home."""
        return os.environ | {"DAGSTER_HOME": str(self.dagster_home()), "MPR_HOME": str(self.root)}

    def _store(self, url: str, folder: str) -> ObjectStore:
        if not url:
            return ObjectStore(str(self.root / folder))
        scheme, is_url, rest = url.partition("://")
        url = f"{scheme.lower()}://{rest}" if is_url else url
        return _opened(url, self.settings.s3_access()) if url.startswith("s3") else ObjectStore(url)


@lru_cache(maxsize=8)  # a bucket's open connections serve the whole process
def _opened(url: str, access: S3Access) -> ObjectStore:
    return ObjectStore(url, access)


@lru_cache(maxsize=8)
def _probed(url: str, access: S3Access, writes: bool) -> Probed:
    return probe(_opened(url, access), writes=writes)


def shipped_file(name: str) -> Path:
    """`dagster.yaml` or `workspace.yaml` as MPR ships them."""
    return next(folder / name for folder in _SHIPPED if (folder / name).is_file())
