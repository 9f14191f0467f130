"""What those who read within somebody else's transaction are given. They hand it on, and never ask it anything."""

from sqlalchemy import Connection as Connection
