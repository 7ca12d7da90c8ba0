#include "monitoring/HistoryFile.h"

#include <QDataStream>
#include <QDateTime>
#include <QFileInfo>
#include <QIODevice>
#include <QLoggingCategory>

#include <numeric>

namespace concierge::monitoring {

Q_LOGGING_CATEGORY(lcHistory, "concierge.history")

namespace {

constexpr char magic[] = "Concierge history";
constexpr quint32 layout = 1; // raised when anything below, or feed::historySeries(), changes
constexpr QIODevice::OpenMode openMode =
    QIODevice::ReadWrite | QIODevice::Unbuffered | QIODevice::ExistingOnly;
constexpr qint64 headerSize = 64;
constexpr qint64 recordSize = 128;
constexpr qint64 markerSize = 256;

qint64 ringOffset(std::size_t ring)
{
    return std::accumulate(History::rings.begin(), History::rings.begin() + static_cast<std::ptrdiff_t>(ring),
                           headerSize, [](qint64 sum, const History::Ring &each) {
                               return sum + static_cast<qint64>(each.size) * recordSize;
                           });
}

qint64 recordOffset(std::size_t ring, std::size_t slot)
{
    return ringOffset(ring) + static_cast<qint64>(slot) * recordSize;
}

qint64 markerOffset(std::size_t slot)
{
    return ringOffset(History::rings.size()) + static_cast<qint64>(slot) * markerSize;
}

qint64 fileSize()
{
    return markerOffset(History::markerCount);
}

/// `size` bytes: what `fill` writes, zeros, and a checksum.
template <class Fill>
QByteArray sealed(qint64 size, Fill fill)
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream.setByteOrder(QDataStream::LittleEndian);
    stream.setVersion(QDataStream::Qt_6_4);
    fill(stream);
    bytes.append(size - 2 - bytes.size(), '\0');
    const quint16 sum = qChecksum(bytes);
    return bytes + static_cast<char>(sum & 0xFF) + static_cast<char>(sum >> 8);
}

bool isSound(QByteArrayView bytes)
{
    const qsizetype size = bytes.size() - 2;
    const quint16 sum = qChecksum(bytes.first(size));
    return bytes[size] == static_cast<char>(sum & 0xFF) && bytes[size + 1] == static_cast<char>(sum >> 8);
}

/// Reads what sealed() has made. False: it is damaged.
template <class Read>
bool unseal(const QByteArray &bytes, Read read)
{
    if (!isSound(bytes))
        return false;
    QDataStream stream(bytes);
    stream.setByteOrder(QDataStream::LittleEndian);
    stream.setVersion(QDataStream::Qt_6_4);
    read(stream);
    return stream.status() == QDataStream::Ok;
}

} // namespace

HistoryFile::HistoryFile(const QString &folder, History &history, qint64 now)
    : m_file(folder + QStringLiteral("/history.bin"))
    , m_madeAt(now)
{
    if (open(now))
        load(history, now);
    history.setStore(this);
    history.complete();
}

bool HistoryFile::open(qint64 now)
{
    const QFileInfo info(m_file.fileName());
    if (info.exists() && !info.isFile()) {
        putAside(QStringLiteral("it is no file"));
    } else if (info.exists()) {
        if (m_file.open(openMode)) {
            if (readHeader())
                return true;
            m_file.close();
            putAside(QStringLiteral("it is damaged, or of another program or version"));
        } else {
            putAside(m_file.errorString());
        }
    }
    return make(now);
}

/// Under another name first: whoever ends us now leaves no half of one.
bool HistoryFile::make(qint64 now)
{
    QFile part(m_file.fileName() + QStringLiteral(".part"));
    part.remove();
    const QByteArray header = sealed(headerSize, [now](QDataStream &stream) {
        stream.writeRawData(magic, sizeof magic);
        stream << layout << now;
    });
    const bool isMade = part.open(QIODevice::WriteOnly | QIODevice::Unbuffered | QIODevice::NewOnly,
                                  QFile::ReadOwner | QFile::WriteOwner) &&
                        part.write(header + QByteArray(fileSize() - headerSize, '\0')) == fileSize() &&
                        part.rename(m_file.fileName()); // which closes it
    if (!isMade) {
        m_problem = part.errorString();
        part.remove();
    }
    return isMade && m_file.open(openMode);
}

bool HistoryFile::readHeader()
{
    if (m_file.size() != fileSize())
        return false;
    QByteArray found(sizeof magic, '\0');
    quint32 version = 0;
    const bool isRead = unseal(m_file.read(headerSize), [&](QDataStream &stream) {
        stream.readRawData(found.data(), static_cast<int>(found.size()));
        stream >> version >> m_madeAt;
    });
    return isRead && found == QByteArray(magic, sizeof magic) && version == layout;
}

void HistoryFile::putAside(const QString &why)
{
    const QString path = m_file.fileName();
    const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss"));
    QString aside = path + QStringLiteral(".aside-") + stamp;
    for (int i = 2; QFileInfo::exists(aside); ++i)
        aside = path + QStringLiteral(".aside-%1-%2").arg(stamp).arg(i);
    const bool isMoved = QFile::rename(path, aside);
    qCWarning(lcHistory).noquote()
        << path + QStringLiteral(" cannot be used: ") + why +
               (isMoved
                    ? QStringLiteral("; it is ") + aside + QStringLiteral(" now, and the charts begin anew")
                    : QStringLiteral("; the charts begin anew at each start until it is removed"));
}

void HistoryFile::load(History &history, qint64 now)
{
    m_file.seek(0);
    const QByteArray all = m_file.readAll();
    if (all.size() != fileSize())
        return;
    for (std::size_t ring = 0; ring < History::rings.size(); ++ring) {
        for (std::size_t slot = 0; slot < History::rings[ring].size; ++slot) {
            HistoryPoint point;
            const bool isRead =
                unseal(all.mid(recordOffset(ring, slot), recordSize), [&](QDataStream &stream) {
                    stream >> point.time >> point.samples;
                    for (double &value : point.values)
                        stream >> value;
                });
            if (isRead)
                history.restore(ring, slot, point, now);
        }
    }
    for (std::size_t slot = 0; slot < History::markerCount; ++slot) {
        quint64 number = 0;
        feed::Marker marker;
        QByteArray kind;
        QByteArray text;
        QByteArray code;
        const bool isRead = unseal(all.mid(markerOffset(slot), markerSize), [&](QDataStream &stream) {
            stream >> number >> marker.time >> kind >> text >> code;
        });
        if (!isRead || number == 0)
            continue;
        marker.kind = QString::fromUtf8(kind);
        marker.text = QString::fromUtf8(text);
        marker.code = QString::fromUtf8(code);
        history.restore(number, marker);
    }
}

void HistoryFile::write(std::size_t ring, std::size_t slot, const HistoryPoint &point)
{
    writeAt(recordOffset(ring, slot), sealed(recordSize, [&point](QDataStream &stream) {
                stream << point.time << point.samples;
                for (const double value : point.values)
                    stream << value;
            }));
}

void HistoryFile::write(quint64 number, const feed::Marker &marker)
{
    writeAt(markerOffset(number % History::markerCount), sealed(markerSize, [&](QDataStream &stream) {
                stream << number << marker.time << marker.kind.toUtf8() << marker.text.toUtf8()
                       << marker.code.toUtf8();
            }));
}

void HistoryFile::writeAt(qint64 offset, const QByteArray &bytes)
{
    const bool isWritten = m_file.isOpen() && m_file.seek(offset) && m_file.write(bytes) == bytes.size();
    if (isWritten == !m_isFailing)
        return;
    m_isFailing = !isWritten;
    if (m_isFailing)
        qCWarning(lcHistory).noquote() << "the charts' history cannot be written:"
                                       << (m_file.isOpen() ? m_file.errorString() : m_problem);
    else
        qCInfo(lcHistory) << "the charts' history is written again";
}

} // namespace concierge::monitoring
