"""SQL files by name."""
from pathlib import Path
def load_sql(name: str) -> str:
    return (Path(__file__).parents[2] / "sql" / f"{name}.sql").read_text()
