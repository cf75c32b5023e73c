"""People for the tests of the account pages."""

from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "clay-and-fire-9"


def make_user(email: str = "owner@studio.example", **fields: object) -> User:
    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    return user
