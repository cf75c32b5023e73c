"""The database keeps an image's project and words the same as its post's: docs/adr/0070."""

from django.db import migrations

WORDS = "{post}.caption || ' ' || array_to_string({post}.hashtags, ' ')"

# A post that is being changed by somebody else is waited for (FOR SHARE), so that an image which
# is made meanwhile has what that change leaves.
TAKE = f"""
CREATE FUNCTION gallery_image_takes_from_post() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_project uuid;
    found_words text;
BEGIN
    SELECT p.project_id, {WORDS.format(post="p")} INTO found_project, found_words
    FROM gallery_post p WHERE p.id = NEW.post_id FOR SHARE;
    NEW.project_id := found_project;
    NEW.words := coalesce(found_words, '');
    RETURN NEW;
END $$;
CREATE TRIGGER gallery_image_takes_from_post BEFORE INSERT ON gallery_generatedimage
FOR EACH ROW EXECUTE FUNCTION gallery_image_takes_from_post();
"""

GIVE = f"""
CREATE FUNCTION gallery_post_gives_to_images() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gallery_generatedimage
    SET project_id = NEW.project_id, words = {WORDS.format(post="NEW")}
    WHERE post_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_post_gives_to_images AFTER UPDATE ON gallery_post FOR EACH ROW
WHEN (
    (OLD.caption, OLD.hashtags, OLD.project_id)
    IS DISTINCT FROM (NEW.caption, NEW.hashtags, NEW.project_id)
)
EXECUTE FUNCTION gallery_post_gives_to_images();
"""


class Migration(migrations.Migration):
    dependencies = [("gallery", "0003_gallery_search")]

    operations = [
        migrations.RunSQL(
            TAKE,
            "DROP TRIGGER gallery_image_takes_from_post ON gallery_generatedimage;"
            " DROP FUNCTION gallery_image_takes_from_post()",
        ),
        migrations.RunSQL(
            GIVE,
            "DROP TRIGGER gallery_post_gives_to_images ON gallery_post;"
            " DROP FUNCTION gallery_post_gives_to_images()",
        ),
    ]
