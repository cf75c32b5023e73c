"""Generations, locks and activity of posts beside those of threads."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0001_initial'),
        ('chat', '0009_seen_revision'),
        ('gallery', '0001_posts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='generation',
            name='post',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='generations', to='gallery.post', verbose_name='post'),
        ),
        migrations.AddField(
            model_name='generation',
            name='exchange',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='generations', to='gallery.exchange', verbose_name='exchange'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('state__in', ('queued', 'running'))), fields=['post'], name='activity_generation_of_post'),
        ),
        migrations.AddField(
            model_name='generationlock',
            name='post',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='generation_lock', to='gallery.post', verbose_name='post'),
        ),
        migrations.CreateModel(
            name='ConversationActivity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('active_count', models.PositiveIntegerField(default=0, verbose_name='active')),
                ('is_generating', models.BooleanField(default=False, verbose_name='generating')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='updated')),
                # Until the next migration the name belongs to the table of threads.
                ('thread', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.thread', verbose_name='thread')),
                ('post', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='activity', to='gallery.post', verbose_name='post')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': "conversation's activity",
                'verbose_name_plural': "conversations' activity",
                'indexes': [models.Index(fields=['user', 'is_generating'], name='activity_of_user')],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('is_generating', models.Q(('active_count__gt', 0)))), name='activity_generating_means_active'),
                    models.CheckConstraint(condition=models.Q(('thread', None), ('post', None), _connector='XOR'), name='activity_of_one_conversation'),
                ],
            },
        ),
    ]
