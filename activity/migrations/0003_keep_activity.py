"""What was known of threads' activity goes over to the table of all conversations."""

import django.db.models.deletion
from django.db import migrations, models

BATCH = 5_000
COLUMNS = ["thread_id", "user_id", "active_count", "is_generating", "updated_at"]


def copy(source, target):
    rows = source.exclude(thread=None).order_by("thread_id").values(*COLUMNS)
    page = list(rows[:BATCH])
    while page:
        target.bulk_create(target.model(**row) for row in page)
        page = list(rows.filter(thread_id__gt=page[-1]["thread_id"])[:BATCH])


def to_conversations(apps, schema_editor):
    threads, conversations = tables(apps)
    copy(threads, conversations)


def to_threads(apps, schema_editor):
    threads, conversations = tables(apps)
    copy(conversations, threads)
    conversations.exclude(thread=None).delete()


def tables(apps):
    names = ("ThreadActivity", "ConversationActivity")
    return [apps.get_model("activity", name).objects for name in names]


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0002_conversations'),
    ]

    operations = [
        migrations.RunPython(to_conversations, to_threads),
        migrations.DeleteModel(
            name='ThreadActivity',
        ),
        migrations.AlterField(
            model_name='conversationactivity',
            name='thread',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='activity', to='chat.thread', verbose_name='thread'),
        ),
    ]
