"""Reports made from run records: JUnit XML, JSON, one HTML page, pictures. The same records give the same bytes."""

from fleet.scenario.reports.folder import ReportFiles, find_records, read_records, write_reports

__all__ = ["ReportFiles", "find_records", "read_records", "write_reports"]
