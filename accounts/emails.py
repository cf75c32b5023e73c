"""The email of an account in allauth's own table."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


@transaction.atomic
def settle_email(user: User) -> None:
    """Make the user's email the primary and confirmed one. An unconfirmed one allauth would drop
    as soon as a change is asked for, before the new one is confirmed."""
    email = user.email.lower()
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
