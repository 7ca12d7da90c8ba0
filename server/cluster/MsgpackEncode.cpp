#include "cluster/Msgpack.h"
#include "shared/ByteBuilder.h"
#include "socketio/Json.h"
#include "socketio/JsonScan.h"

#include <QVarLengthArray>
#include <QtEndian>

#include <msgpack/pack.hpp>

#include <charconv>
#include <cmath>
#include <optional>

namespace concierge::cluster {

using namespace json::detail;

namespace {

/// An array or object of the text. They are told in the order in which they begin.
struct Container
{
    quint32 count = 0;            ///< elements, or members
    int attachment = -1;          ///< that it stands for
    qsizetype next = 0;           ///< the first that begins behind its end
    const char *behind = nullptr; ///< its end
};

/// Goes through validated JSON once: msgpack says how much a container holds before what it holds. A byte of
/// stack for nothing but open containers; no recursion.
class Layout
{
public:
    Layout(QByteArrayView json, qsizetype attachmentCount)
        : m_at(json.data())
        , m_end(json.data() + json.size())
        , m_attachmentCount(attachmentCount)
    {}

    std::optional<DecodeError> run()
    {
        while (m_at != m_end) {
            if (const auto error = step())
                return error;
        }
        return std::nullopt;
    }
    const std::vector<Container> &containers() const { return m_containers; }

private:
    enum class Key : quint8 { Other, Placeholder, Num };

    struct Open
    {
        qsizetype index; // in m_containers
        bool isObject;
        bool awaitsKey;
        bool isPlaceholder = false;
        Key key = Key::Other;
        int attachment = -1;
    };

    std::optional<DecodeError> step()
    {
        switch (*m_at) {
        case '{':
        case '[':
            return open(*m_at == '{');
        case '}':
        case ']':
            return close();
        case ',':
            m_open.last().awaitsKey = m_open.last().isObject;
            ++m_at;
            break;
        case '"':
            string();
            break;
        case ':':
        case ' ':
        case '\n':
        case '\r':
        case '\t':
            ++m_at;
            break;
        default:
            scalar();
        }
        return std::nullopt;
    }

    std::optional<DecodeError> open(bool isObject)
    {
        if (m_open.size() == messageMaxDepth)
            return DecodeError::TooDeep;
        noteValue(false, -1);
        m_open.append(Open{static_cast<qsizetype>(m_containers.size()), isObject, isObject});
        m_containers.emplace_back();
        ++m_at;
        return std::nullopt;
    }

    std::optional<DecodeError> close()
    {
        const Open closed = m_open.last();
        m_open.removeLast();
        Container &container = m_containers[static_cast<std::size_t>(closed.index)];
        container.next = static_cast<qsizetype>(m_containers.size());
        container.behind = ++m_at;
        if (m_attachmentCount == 0 || !closed.isPlaceholder)
            return std::nullopt;
        if (closed.attachment < 0)
            return DecodeError::BadPlaceholder;
        container.attachment = closed.attachment;
        return std::nullopt;
    }

    void string()
    {
        const char *begin = m_at;
        m_at = skipString(m_at, m_end);
        if (m_open.isEmpty() || !m_open.last().awaitsKey) {
            noteValue(false, -1);
            return;
        }
        Open &object = m_open.last();
        object.awaitsKey = false;
        if (m_attachmentCount == 0)
            return;
        const json::Member member{QByteArrayView(begin, m_at), {}};
        object.key = member.keyIs("_placeholder") ? Key::Placeholder
                     : member.keyIs("num")        ? Key::Num
                                                  : Key::Other;
    }

    void scalar()
    {
        const char *begin = m_at;
        while (m_at != m_end && *m_at != ',' && *m_at != ']' && *m_at != '}' && !isSpace(*m_at))
            ++m_at;
        const QByteArrayView value(begin, m_at);
        const bool isIndex =
            !m_open.isEmpty() && m_open.last().key == Key::Num && json::typeOf(value) == json::Type::Number;
        noteValue(value == "true", isIndex ? attachmentIndex(value) : -1);
    }

    /// As with JSON.parse, the last of equal keys counts.
    void noteValue(bool isTrue, int attachment)
    {
        if (m_open.isEmpty())
            return;
        Open &container = m_open.last();
        ++m_containers[static_cast<std::size_t>(container.index)].count;
        if (container.key == Key::Placeholder)
            container.isPlaceholder = isTrue;
        else if (container.key == Key::Num)
            container.attachment = attachment;
    }

    int attachmentIndex(QByteArrayView number) const
    {
        bool isRepresentable = false;
        const double value = number.toDouble(&isRepresentable); // `1`, but also `1.0` and `1e0`
        for (int i = 0; isRepresentable && i < m_attachmentCount; ++i) {
            if (value == i)
                return i;
        }
        return -1;
    }

    const char *m_at;
    const char *const m_end;
    const qsizetype m_attachmentCount;
    QVarLengthArray<Open, 32> m_open;
    std::vector<Container> m_containers;
};

/// What msgpack-cxx writes to.
struct Sink
{
    ByteBuilder &out;
    void write(const char *data, std::size_t size)
    {
        out += QByteArrayView(data, static_cast<qsizetype>(size));
    }
};

class Writer
{
public:
    Writer(QByteArrayView json, const QList<QByteArray> &attachments,
           const std::vector<Container> &containers)
        : m_at(json.data())
        , m_end(json.data() + json.size())
        , m_attachments(attachments)
        , m_containers(containers)
        , m_out(json.size() + 64)
        , m_sink{m_out}
        , m_packer(m_sink)
    {}

    QByteArray run()
    {
        while (m_at != m_end)
            step();
        return m_out.take();
    }

private:
    void step()
    {
        switch (*m_at) {
        case '{':
        case '[':
            open();
            break;
        case '"': {
            const char *begin = m_at;
            m_at = skipString(m_at, m_end);
            text(QByteArrayView(begin, m_at));
            break;
        }
        case 't':
            m_packer.pack_true();
            m_at += 4;
            break;
        case 'f':
            m_packer.pack_false();
            m_at += 5;
            break;
        case 'n':
            m_packer.pack_nil();
            m_at += 4;
            break;
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            number();
            break;
        default: // what stands between and behind values
            ++m_at;
        }
    }

    void open()
    {
        const Container &container = m_containers[static_cast<std::size_t>(m_next)];
        if (container.attachment >= 0) {
            const QByteArray &bytes = m_attachments[container.attachment];
            m_packer.pack_bin(static_cast<quint32>(bytes.size()));
            m_packer.pack_bin_body(bytes.constData(), static_cast<quint32>(bytes.size()));
            m_at = container.behind;
            m_next = container.next;
            return;
        }
        if (*m_at == '{')
            m_packer.pack_map(container.count);
        else
            m_packer.pack_array(container.count);
        ++m_at;
        ++m_next;
    }

    void text(QByteArrayView string)
    {
        QByteArray storage;
        const QByteArrayView plain = json::plainText(string, storage);
        m_packer.pack_str(static_cast<quint32>(plain.size()));
        m_packer.pack_str_body(plain.data(), static_cast<quint32>(plain.size()));
    }

    void number()
    {
        const char *begin = m_at;
        bool isWhole = true;
        for (; m_at != m_end && *m_at != ',' && *m_at != ']' && *m_at != '}' && !isSpace(*m_at); ++m_at)
            isWhole = isWhole && *m_at != '.' && *m_at != 'e' && *m_at != 'E';
        if (isWhole && (*begin == '-' ? whole<qint64>(begin) : whole<quint64>(begin)))
            return;
        const QByteArrayView digits(begin, m_at);
        bool isRepresentable = false;
        const double value = digits.toDouble(&isRepresentable);
        if (isRepresentable)
            floating(value);
        else if (digits.contains("e-") || digits.contains("E-"))
            m_packer.pack_uint64(0); // too close to it
        else
            m_packer.pack_nil(); // infinity, of which JSON.stringify makes that
    }

    /// False: it does not fit.
    template <class Integer>
    bool whole(const char *begin)
    {
        Integer value{};
        if (std::from_chars(begin, m_at, value).ec != std::errc())
            return false;
        if constexpr (std::is_signed_v<Integer>)
            m_packer.pack_int64(value);
        else
            m_packer.pack_uint64(value);
        return true;
    }

    void floating(double value)
    {
        if (std::trunc(value) == value && value >= 0 && value < 0x1p64) {
            m_packer.pack_uint64(static_cast<quint64>(value));
        } else if (std::trunc(value) == value && value < 0 && value >= -0x1p63) {
            m_packer.pack_int64(static_cast<qint64>(value));
        } else { // not by pack_double(): of 2^64 that tries to make an integer
            m_out += '\xCB';
            qToBigEndian(value, m_out.claim(sizeof value));
        }
    }

    const char *m_at;
    const char *const m_end;
    const QList<QByteArray> &m_attachments;
    const std::vector<Container> &m_containers;
    ByteBuilder m_out;
    Sink m_sink;
    msgpack::packer<Sink> m_packer;
    qsizetype m_next = 0; // of m_containers
};

} // namespace

Result<QByteArray, DecodeError> toMsgpack(QByteArrayView json, const QList<QByteArray> &attachments)
{
    Layout layout(json, attachments.size());
    if (const auto error = layout.run())
        return *error;
    return Writer(json, attachments, layout.containers()).run();
}

} // namespace concierge::cluster
