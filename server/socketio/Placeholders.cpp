#include "socketio/Placeholders.h"

#include "socketio/Json.h"
#include "socketio/JsonScan.h"

#include <QVarLengthArray>

namespace concierge::socketio {

using namespace json::detail;

namespace {

/// Walks validated JSON token by token, with a byte per open container.
class Walker
{
public:
    Walker(QByteArrayView json, int attachmentCount)
        : m_at(json.data())
        , m_end(json.data() + json.size())
        , m_attachmentCount(attachmentCount)
    {}

    bool run()
    {
        while (m_at != m_end)
            step();
        return top().isGood;
    }

private:
    enum class Key : quint8 { Other, Placeholder, Num };

    struct Container
    {
        bool isObject : 1 = false;
        bool isGood : 1 = true; // of all that it holds
        bool isPlaceholder : 1 = false;
        bool awaitsKey : 1 = false;
        bool hasIndex : 1 = false; // `num` names an attachment
        Key key : 2 = Key::Other;
    };
    static_assert(sizeof(Container) == 1); // a payload may be one bracket after the other

    Container &top() { return m_containers.last(); }

    void step()
    {
        switch (*m_at) {
        case '{':
        case '[':
            noteValue(false, false);
            m_containers.append(Container{.isObject = *m_at == '{', .awaitsKey = *m_at == '{'});
            ++m_at;
            break;
        case '}':
        case ']':
            close();
            break;
        case ',':
            top().awaitsKey = top().isObject;
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
    }

    void close()
    {
        const Container closed = top();
        const bool isGood = closed.isPlaceholder ? closed.hasIndex : closed.isGood;
        m_containers.removeLast();
        top().isGood = top().isGood && isGood;
        ++m_at;
    }

    void string()
    {
        const char *begin = m_at;
        m_at = skipString(m_at, m_end);
        if (!top().awaitsKey) {
            noteValue(false, false);
            return;
        }
        top().awaitsKey = false;
        const json::Member member{QByteArrayView(begin, m_at), {}};
        top().key = member.keyIs("_placeholder") ? Key::Placeholder
                    : member.keyIs("num")        ? Key::Num
                                                 : Key::Other;
    }

    void scalar()
    {
        const char *begin = m_at;
        while (m_at != m_end && *m_at != ',' && *m_at != ']' && *m_at != '}' && !isSpace(*m_at))
            ++m_at;
        const QByteArrayView value(begin, m_at);
        const bool isNumber = json::typeOf(value) == json::Type::Number;
        noteValue(json::typeOf(value) == json::Type::True,
                  isNumber && top().key == Key::Num && isAttachmentIndex(value));
    }

    /// As with JSON.parse, the last of equal keys counts.
    void noteValue(bool isTrue, bool isIndex)
    {
        if (top().key == Key::Placeholder)
            top().isPlaceholder = isTrue;
        else if (top().key == Key::Num)
            top().hasIndex = isIndex;
    }

    bool isAttachmentIndex(QByteArrayView number) const
    {
        // `1`, but also `1.0` and `1e0`, which mean the same.
        bool isRepresentable = false;
        const double value = number.toDouble(&isRepresentable);
        if (!isRepresentable)
            return false;
        for (int i = 0; i < m_attachmentCount; ++i) {
            if (value == i)
                return true;
        }
        return false;
    }

    const char *m_at;
    const char *m_end;
    const int m_attachmentCount;
    QVarLengthArray<Container, 256> m_containers{Container()}; // the first is around the value
};

} // namespace

bool arePlaceholdersGood(QByteArrayView json, int attachmentCount)
{
    return Walker(json, attachmentCount).run();
}

} // namespace concierge::socketio
