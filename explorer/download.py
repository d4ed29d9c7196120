def fetch(url, target, *, sha256_prefix=None, md5=None, progress=None, patience_s=4.0):  # type: ignore
    raise NotImplementedError
