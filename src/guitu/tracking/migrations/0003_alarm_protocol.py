"""What was done by the protocol of an alarm, and how it went."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_trail")]

    operations = [
        migrations.AddField(
            model_name="alarmstep",
            name="action",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="alarmstep",
            name="outcome",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AlterField(
            model_name="alarmstep",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "产生"), ("merged", "再次发生"), ("ended", "情况结束"),
                    ("claimed", "认领"), ("released", "退回"), ("note", "备注"),
                    ("protocol", "规程步骤"), ("handled", "处置"), ("reopened", "重新处置"),
                    ("closed", "办结"),
                ],
                max_length=10,
            ),
        ),
    ]
