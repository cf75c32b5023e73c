import django.db.models.deletion
import providers.crypto
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Provider',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('dialect', models.CharField(choices=[('openai', 'OpenAI-compatible'), ('demo', 'Built-in demo')], default='openai', max_length=10, verbose_name='dialect')),
                ('base_url', models.CharField(blank=True, max_length=300, verbose_name='base URL')),
                ('api_key', providers.crypto.EncryptedTextField(blank=True, default='', verbose_name='API key')),
                ('headers', models.JSONField(blank=True, default=dict, verbose_name='extra headers')),
                ('enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('from_environment', models.BooleanField(default=False, verbose_name='from the environment')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'provider',
                'verbose_name_plural': 'providers',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('dialect', 'demo')), fields=('dialect',), name='providers_one_demo', violation_error_message='There is one demo provider only.'), models.UniqueConstraint(condition=models.Q(('from_environment', True)), fields=('from_environment',), name='providers_one_from_environment')],
            },
        ),
        migrations.CreateModel(
            name='AIModel',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('slug', models.CharField(max_length=200, verbose_name='slug')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('text', 'Text'), ('image', 'Image')], default='text', max_length=10, verbose_name='kind')),
                ('enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('vanished', models.BooleanField(default=False, editable=False, verbose_name='vanished')),
                ('from_list', models.BooleanField(default=False, editable=False, verbose_name="from the endpoint's list")),
                ('pigment', models.PositiveSmallIntegerField(default=1, verbose_name='pigment')),
                ('vision', models.BooleanField(default=False, verbose_name='sees images')),
                ('image_edit', models.BooleanField(default=False, verbose_name='edits images')),
                ('images_in_chat', models.BooleanField(default=False, verbose_name='images inside chat answers')),
                ('max_references', models.PositiveSmallIntegerField(default=0, verbose_name='reference images')),
                ('aspect_ratios', models.JSONField(blank=True, default=list, verbose_name='aspect ratios')),
                ('resolutions', models.JSONField(blank=True, default=list, verbose_name='resolutions')),
                ('context_tokens', models.PositiveIntegerField(blank=True, null=True, verbose_name='context, tokens')),
                ('input_price', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, verbose_name='input price')),
                ('output_price', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, verbose_name='output price')),
                ('image_price', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, verbose_name='image price')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='models', to='providers.provider', verbose_name='provider')),
            ],
            options={
                'verbose_name': 'model',
                'verbose_name_plural': 'models',
                'ordering': ['position', 'name'],
                'constraints': [models.UniqueConstraint(fields=('provider', 'slug', 'kind'), name='providers_model_slug_unique'), models.CheckConstraint(condition=models.Q(('pigment__range', (1, 8))), name='providers_model_pigment_1_to_8')],
            },
        ),
    ]
