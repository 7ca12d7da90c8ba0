#include "LogModel.h"

#include "Format.h"
#include "PlainLog.h"
#include "Theme.h"
#include "Visible.h"

#include <QDateTime>

#include <algorithm>

namespace concierge::monitor {

namespace {

QString exactTime(qint64 time)
{
    return QDateTime::fromMSecsSinceEpoch(time).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz"));
}

} // namespace

LogModel::LogModel(QObject *parent)
    : QAbstractTableModel(parent)
{
    m_flush.setSingleShot(true);
    m_flush.setInterval(100);
    connect(&m_flush, &QTimer::timeout, this, &LogModel::flush);
}

int LogModel::severity(const QString &level)
{
    static const QStringList levels{QStringLiteral("error"), QStringLiteral("warn"), QStringLiteral("info")};
    const auto place = levels.indexOf(level);
    return place < 0 ? 3 : int(place);
}

void LogModel::learn(const Alert &alert)
{
    const auto isSame = [&alert](const Alert &other) {
        return other.code == alert.code && other.text == alert.text;
    };
    if (std::any_of(m_alerts.begin(), m_alerts.end(), isSame))
        return;
    m_alerts.append(alert);
    if (m_alerts.size() > maxAlerts)
        m_alerts.removeFirst();
    if (m_view == LogView::Plain && !m_records.empty())
        Q_EMIT dataChanged(index(0, Message), index(int(m_records.size()) - 1, Message));
}

void LogModel::expectRepeats()
{
    m_repeatsUntil = 0;
    for (const auto *lines : {&m_records, &m_pending}) {
        if (!lines->empty())
            m_repeatsUntil = std::max(m_repeatsUntil, lines->back().time);
    }
}

bool LogModel::isRepeat(const feed::LogRecord &record) const
{
    const auto isSame = [&record](const feed::LogRecord &other) {
        return other.time == record.time && other.message == record.message;
    };
    return std::any_of(m_records.begin(), m_records.end(), isSame) ||
           std::any_of(m_pending.begin(), m_pending.end(), isSame);
}

void LogModel::append(const feed::LogRecord &record)
{
    if (record.time <= m_repeatsUntil && isRepeat(record))
        return;
    m_pending.push_back(record);
    if (m_pending.size() > maxRecords)
        m_pending.pop_front();
    if (m_isPaused)
        Q_EMIT pendingChanged();
    else if (!m_flush.isActive())
        m_flush.start();
}

void LogModel::flush()
{
    if (m_pending.empty())
        return;
    const int fresh = int(m_pending.size());
    const int surplus = int(m_records.size()) + fresh - maxRecords;
    if (surplus > 0) {
        const int gone = std::min(surplus, int(m_records.size()));
        if (gone > 0) {
            beginRemoveRows({}, 0, gone - 1);
            m_records.erase(m_records.begin(), m_records.begin() + gone);
            endRemoveRows();
        }
    }
    const int first = int(m_records.size());
    beginInsertRows({}, first, first + fresh - 1);
    m_records.insert(m_records.end(), m_pending.begin(), m_pending.end());
    m_pending.clear();
    endInsertRows();
    Q_EMIT pendingChanged();
}

void LogModel::clear()
{
    beginResetModel();
    m_records.clear();
    m_pending.clear();
    endResetModel();
    Q_EMIT pendingChanged();
}

void LogModel::setView(LogView view)
{
    if (m_view == view)
        return;
    m_view = view;
    if (!m_records.empty())
        Q_EMIT dataChanged(index(0, 0), index(int(m_records.size()) - 1, columns - 1));
}

void LogModel::setPaused(bool isPaused)
{
    m_isPaused = isPaused;
    if (!isPaused)
        flush();
    Q_EMIT pendingChanged();
}

int LogModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_records.size());
}

int LogModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : columns;
}

QString LogModel::text(const feed::LogRecord &record, int column) const
{
    const bool isPlain = m_view == LogView::Plain;
    switch (column) {
    case Time:
        if (isPlain)
            return Format::when(record.time, QDateTime::currentMSecsSinceEpoch());
        return exactTime(record.time);
    case Level:
        return isPlain ? plainLevel(record.level) : record.level;
    case Message: {
        const QString skipped = record.skipped > 0 ? QStringLiteral(" · ") + tr("%Ln line(s) left out",
                                                                                nullptr, int(record.skipped))
                                                   : QString();
        return (isPlain ? plainMessage(record, m_alerts)
                        : record.category + QStringLiteral(": ") + record.message) +
               skipped;
    }
    default:
        return {};
    }
}

/// What a cell may have cut, and the server's own words.
QString LogModel::tip(const feed::LogRecord &record) const
{
    const QString plain = m_view == LogView::Plain ? plainMessage(record, m_alerts) : record.message;
    return plain == record.message ? plain : plain + QLatin1Char('\n') + record.message;
}

QVariant LogModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= int(m_records.size()))
        return {};
    const feed::LogRecord &record = m_records[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return visible(text(record, index.column()));
    case Qt::ToolTipRole:
        return wrapped(tip(record));
    case Qt::ForegroundRole: {
        const Theme &theme = Theme::current();
        const int weight = severity(record.level);
        if (index.column() == Level && weight < 2)
            return theme.tone(weight == 0 ? Tone::Critical : Tone::Warning).ink;
        return index.column() == Message ? theme.text : theme.muted;
    }
    case LevelRole:
        return m_view == LogView::Plain && isReading(record) ? severity(QString()) : severity(record.level);
    case ExactTimeRole:
        return exactTime(record.time);
    case SearchRole:
        return QString(text(record, Message) + QLatin1Char('\n') + record.category + QLatin1Char('\n') +
                       record.message);
    default:
        return {};
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case Time:
        return tr("Time");
    case Level:
        return tr("Kind");
    default:
        return tr("What happened");
    }
}

} // namespace concierge::monitor
