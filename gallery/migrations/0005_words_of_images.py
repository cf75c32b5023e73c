"""Gives the images that were made before their posts' projects and words."""

from typing import Any

from django.db import migrations

BATCH = 2_000

FILL = """
UPDATE gallery_generatedimage i
SET project_id = p.project_id, words = p.caption || ' ' || array_to_string(p.hashtags, ' ')
FROM gallery_post p WHERE p.id = i.post_id AND i.id = ANY(%s)
"""


def fill(apps: Any, schema_editor: Any) -> None:
    images = apps.get_model("gallery", "GeneratedImage").objects.order_by("id")
    last = None
    while True:
        rows = images.filter(id__gt=last) if last else images
        ids = list(rows.values_list("id", flat=True)[:BATCH])
        if not ids:
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(FILL, [ids])
        last = ids[-1]


class Migration(migrations.Migration):
    atomic = False  # batch by batch; doing one again changes nothing

    dependencies = [("gallery", "0004_images_follow_posts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
