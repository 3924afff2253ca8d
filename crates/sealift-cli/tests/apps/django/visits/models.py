"""Fields that are inet and interval on PostgreSQL, which no file of SQLite tells."""
from django.db import models


class Visit(models.Model):
    product = models.ForeignKey("shop.Product", on_delete=models.CASCADE)
    lasted = models.DurationField(null=True)
    address = models.GenericIPAddressField(null=True)
