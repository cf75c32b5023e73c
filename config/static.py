"""Static files with content hashes in their names, also inside our ES modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    max_post_process_passes = 20  # as deep as modules import one another
    support_js_module_import_aggregation = True
    # Only our own: the scripts of other apps have imports in their comments.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
    manifest_strict = False
