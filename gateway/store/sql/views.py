"""The SQL of page views, pages of visits, and misses."""

_COUNT = """
    views = page_view.views + 1, misses = page_view.misses + :missed,
    first_miss_at = COALESCE(page_view.first_miss_at, :first_miss)"""

# Most views are of a path that has its row: one statement, and no counting of the hour's paths.
COUNT_KNOWN = f"""
    UPDATE page_view SET {_COUNT} WHERE site_id = :site AND path = :path AND hour = :hour RETURNING path"""
# Where there are others already, the paths were counted: an hour of made-up ones costs no more than one of real ones.
COUNT_NEW = f"""
    INSERT INTO page_view (site_id, path, hour, views, misses, first_miss_at)
    VALUES (:site, CASE WHEN EXISTS (SELECT 1 FROM page_view
                                     WHERE site_id = :site AND path = :other AND hour = :hour) THEN :other
                        WHEN (SELECT COUNT(*) FROM page_view WHERE site_id = :site AND hour = :hour) < :most THEN :path
                        ELSE :other END, :hour, 1, :missed, :first_miss)
    ON CONFLICT (site_id, path, hour) DO UPDATE SET {_COUNT}"""

# An hour at a time, so that no visitor waits for a worker that was away for a week.
FORGET_HOUR = """
    DELETE FROM page_view WHERE hour = (SELECT MIN(hour) FROM page_view WHERE hour < :before) RETURNING hour"""

INSERT_PAGE = """
    INSERT INTO page (session_id, url, viewed_at)
    SELECT CAST(:session AS TEXT), CAST(:url AS TEXT), CAST(:now AS BIGINT)
    WHERE (SELECT COUNT(*) FROM page WHERE session_id = :session) < :most"""
PAGES_OF_SESSION = "SELECT url, viewed_at FROM page WHERE session_id = :session ORDER BY viewed_at, url"
# Read apart from the deleting, which then holds up no visitor. A call's own pages stay, as its session does.
OLD_SESSIONS = """
    SELECT DISTINCT session_id FROM page WHERE viewed_at < :before
        AND session_id NOT IN (SELECT lease.session_id FROM call JOIN lease ON lease.id = call.lease_id)
    LIMIT :limit"""
FORGET_PAGES = "DELETE FROM page WHERE session_id = :session AND viewed_at < :before"

VIEWS_OF_SITES = """
    SELECT site.id, site.name, site.origins, CAST(COALESCE(day.views, 0) AS BIGINT) AS views,
           CAST(COALESCE(day.misses, 0) AS BIGINT) AS misses
    FROM site LEFT JOIN (SELECT site_id, SUM(views) AS views, SUM(misses) AS misses FROM page_view
                         WHERE hour >= :since GROUP BY site_id) AS day ON day.site_id = site.id
    ORDER BY site.name"""
# A path that lost its target goes before one that never had any, or a busy blog would hide a broken template.
MISSED_PATHS = """
    SELECT day.path, day.views, day.misses
    FROM (SELECT path, CAST(SUM(views) AS BIGINT) AS views, CAST(SUM(misses) AS BIGINT) AS misses
          FROM page_view WHERE site_id = :site AND hour >= :since GROUP BY path HAVING SUM(misses) > 0) AS day
    ORDER BY CASE WHEN day.misses * 100 > day.views * :percent
                       AND EXISTS (SELECT 1 FROM page_view AS kept WHERE kept.site_id = :site
                                   AND kept.path = day.path AND kept.misses < kept.views)
                  THEN 0 ELSE 1 END, day.misses DESC, day.path LIMIT :limit"""
HOURS_OF_PATH = """
    SELECT hour, views, misses, first_miss_at FROM page_view WHERE site_id = :site AND path = :path ORDER BY hour"""
TARGETS_OF_SITE = "SELECT swap_target FROM pool WHERE site_id = :site ORDER BY name"
