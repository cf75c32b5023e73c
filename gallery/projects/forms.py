"""The form of a project's brief."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gallery.briefs import RATIOS
from gallery.models import Project, Tone
from gallery.projects.briefs import AUDIENCE_CHARS, Brief, read_hashtags, written_hashtags
from gallery.projects.refusals import Refusal
from providers.models import AIModel
from providers.sizes import RESOLUTIONS

NO_CHOICE = ("", _("Any"))
NO_MODEL = _("This model is not available. Choose another one.")
NOT_OFFERED = {"invalid_choice": _("Choose one of these.")}


class ProjectForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Give the project a name.")}
    )
    audience = forms.CharField(
        label=_("Audience"),
        required=False,
        max_length=AUDIENCE_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who reads the posts, and what matters to them."),
    )
    tone = forms.ChoiceField(
        label=_("Tone"),
        required=False,
        choices=[NO_CHOICE, *Tone.choices],
        widget=forms.RadioSelect,
        error_messages=NOT_OFFERED,
    )
    language = forms.CharField(
        label=_("Language of captions"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"list": "languages"}),
        help_text=_("Empty: that of the prompt."),
    )
    hashtags = forms.CharField(
        label=_("Hashtags"),
        required=False,
        max_length=4_000,
        help_text=_("Apart by spaces. They are given to every caption of the project."),
    )
    text_model = forms.ModelChoiceField(
        label=_("Model for captions"),
        required=False,
        queryset=AIModel.objects.none(),
        empty_label=_("As in the settings"),
        error_messages={"invalid_choice": NO_MODEL},
    )
    image_models = forms.ModelMultipleChoiceField(
        label=_("Image models"),
        required=False,
        queryset=AIModel.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": NO_MODEL},
        help_text=_("Without a choice, those of the settings are used."),
    )
    aspect_ratio = forms.ChoiceField(
        label=_("Aspect ratio"),
        required=False,
        choices=[NO_CHOICE, *((ratio, ratio) for ratio in RATIOS)],
        widget=forms.RadioSelect,
        error_messages=NOT_OFFERED,
    )
    resolution = forms.ChoiceField(
        label=_("Resolution"),
        required=False,
        choices=[NO_CHOICE, *((one, one) for one in RESOLUTIONS)],
        widget=forms.RadioSelect,
        error_messages=NOT_OFFERED,
    )

    def __init__(self, *args: Any, project: Project | None = None, **kwargs: Any) -> None:
        if project:
            kwargs["initial"] = _initial(project)
        super().__init__(*args, **kwargs)
        kept = _models_of(project) if project else []
        for field, models in (
            ("text_model", AIModel.objects.text()),
            ("image_models", AIModel.objects.image()),
        ):
            choice = self.fields[field]
            assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101 (for mypy)
            usable = Q(enabled=True, provider__enabled=True)
            # What the project has stays a choice of it, though nobody can use it now.
            choice.queryset = models.filter(usable | Q(pk__in=kept)).select_related("provider")

    def clean_hashtags(self) -> list[str]:
        try:
            return read_hashtags(self.cleaned_data["hashtags"])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence()) from refusal

    def brief(self) -> Brief:
        """Of a form that is valid."""
        return Brief(**self.cleaned_data)


def _models_of(project: Project) -> list[Any]:
    kept = list(project.image_models.values_list("pk", flat=True))
    return [*kept, project.text_model_id] if project.text_model_id else kept


def _initial(project: Project) -> dict[str, Any]:
    plain = {
        field: getattr(project, field)
        for field in ("name", "audience", "tone", "language", "aspect_ratio", "resolution")
    }
    return plain | {
        "hashtags": written_hashtags(project),
        "text_model": project.text_model_id,
        "image_models": list(project.image_models.all()),
    }
