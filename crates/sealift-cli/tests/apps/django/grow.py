"""Adds rows as the application does afterwards: every key has to be a free one."""
import datetime as dt
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
import django

django.setup()
from django.contrib.auth.models import Group, User
from rest_framework.authtoken.models import Token
from shop.models import Category, Product

# Each group takes the number after all that were used, those of deleted rows included.
carol = User.objects.create_user("carol")
assert carol.pk == 3, carol.pk
assert Category.objects.create(name="new").pk == 4
assert Group.objects.create(name="readers").pk == 2
Token.objects.create(user=carol)
product = Product.objects.create(
    name="new", price=1, made=dt.datetime.now(dt.timezone.utc), owner=carol
)
assert product.pk == 41, product.pk
product.tags.add("rot", "neu")
product.fans.add(carol)
carol.groups.add(1)
try:
    Product.objects.create(name="bad", price=-1, made=product.made, owner=carol)
except django.db.IntegrityError:
    print("grown")
