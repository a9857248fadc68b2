"""The SQL of page views and misses, by name, valid in SQLite and PostgreSQL. Rules as in statements.py."""

_COUNT = """
    views = page_view.views + 1, misses = page_view.misses + :missed,
    first_miss_at = COALESCE(page_view.first_miss_at, :first_miss)"""

# Most views are of a path that has its row: one statement, and no counting of the hour's paths.
COUNT_KNOWN = f"""
    UPDATE page_view SET {_COUNT} WHERE site_id = :site AND path = :path AND hour = :hour RETURNING path"""
COUNT_NEW = f"""
    INSERT INTO page_view (site_id, path, hour, views, misses, first_miss_at)
    VALUES (:site, CASE WHEN (SELECT COUNT(*) FROM page_view WHERE site_id = :site AND hour = :hour) < :most
                        THEN :path ELSE :other END, :hour, 1, :missed, :first_miss)
    ON CONFLICT (site_id, path, hour) DO UPDATE SET {_COUNT}"""

# An hour at a time, so that no visitor waits for a worker that was away for a week.
FORGET_HOUR = """
    DELETE FROM page_view WHERE hour = (SELECT MIN(hour) FROM page_view WHERE hour < :before) RETURNING hour"""

VIEWS_OF_SITES = """
    SELECT site.id, site.name, site.origins, CAST(SUM(page_view.views) AS BIGINT) AS views,
           CAST(SUM(page_view.misses) AS BIGINT) AS misses
    FROM page_view JOIN site ON site.id = page_view.site_id WHERE page_view.hour >= :since
    GROUP BY site.id, site.name, site.origins ORDER BY site.name"""
MISSED_PATHS = """
    SELECT path, CAST(SUM(views) AS BIGINT) AS views, CAST(SUM(misses) AS BIGINT) AS misses
    FROM page_view WHERE site_id = :site AND hour >= :since
    GROUP BY path HAVING SUM(misses) > 0 ORDER BY 3 DESC, path LIMIT :limit"""
HOURS_OF_PATH = """
    SELECT hour, views, misses, first_miss_at FROM page_view WHERE site_id = :site AND path = :path ORDER BY hour"""
TARGETS_OF_SITE = "SELECT swap_target FROM pool WHERE site_id = :site ORDER BY name"
