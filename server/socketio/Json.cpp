#include "socketio/Json.h"

#include "socketio/JsonScan.h"

namespace concierge::json {

using namespace detail;

namespace {

/// Behind the container that begins at `at`: brackets are counted, strings skipped, the rest needs no
/// understanding.
const char *skipContainer(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        switch (*at) {
        case '"':
            at = skipString(at, end);
            break;
        case '{':
        case '[':
            ++depth;
            ++at;
            break;
        case '}':
        case ']':
            ++at;
            if (--depth == 0)
                return at;
            break;
        case ',':
        case ':':
            ++at; // as a rule, a bracket or a string comes next
            break;
        default:
            at = skipPlain(at + 1, end);
        }
    }
    return end;
}

/// Behind the value that begins at `at`.
const char *skipValue(const char *at, const char *end)
{
    if (at == end)
        return end;
    if (*at == '"')
        return skipString(at, end);
    if (isOpening(*at))
        return skipContainer(at, end);
    // A number or a literal, up to what parts it from the next or ends the container around it.
    while (at != end && !isSpace(*at) && *at != ',' && *at != '}' && *at != ']')
        ++at;
    return at;
}

/// One step through a string's content: a character, or an escape, or a surrogate pair of two escapes.
struct Character
{
    const char *end;
    char32_t codePoint; ///< a lone surrogate stays one
    int units;          ///< UTF-16
};

int hex4(const char *at)
{
    return hexValue(at[0]) << 12 | hexValue(at[1]) << 8 | hexValue(at[2]) << 4 | hexValue(at[3]);
}

char32_t simpleEscape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return static_cast<uchar>(c);
    }
}

constexpr bool isHighSurrogate(char32_t c)
{
    return c >= 0xD800 && c < 0xDC00;
}

constexpr bool isLowSurrogate(char32_t c)
{
    return c >= 0xDC00 && c < 0xE000;
}

Character nextEscape(const char *at, const char *end)
{
    constexpr int unicodeEscape = 6; // \uXXXX
    if (at[1] != 'u')
        return {at + 2, simpleEscape(at[1]), 1};
    const auto first = static_cast<char32_t>(hex4(at + 2));
    const char *next = at + unicodeEscape;
    if (isHighSurrogate(first) && end - next >= unicodeEscape && next[0] == '\\' && next[1] == 'u') {
        const auto second = static_cast<char32_t>(hex4(next + 2));
        if (isLowSurrogate(second))
            return {next + unicodeEscape, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), 2};
    }
    return {next, first, 1};
}

/// `at` is not at the end. The code point of unescaped text is not worked out: nobody needs it.
Character nextCharacter(const char *at, const char *end)
{
    const auto c = static_cast<uchar>(*at);
    if (c == '\\')
        return nextEscape(at, end);
    const int size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return {at + size, 0, size == 4 ? 2 : 1};
}

void appendUtf8(QByteArray &out, char32_t c)
{
    if (c >= 0xD800 && c < 0xE000)
        c = 0xFFFD;
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

QByteArrayView content(QByteArrayView string)
{
    return string.sliced(1, string.size() - 2);
}

bool hasEscape(QByteArrayView content)
{
    return std::memchr(content.data(), '\\', static_cast<std::size_t>(content.size())) != nullptr;
}

template <class Out>
void appendQuotedTo(Out &out, QByteArrayView utf8)
{
    constexpr char digits[] = "0123456789abcdef";
    constexpr QByteArrayView named("\b\f\n\r\t\"\\");
    constexpr char letters[] = "bfnrt\"\\";
    out += '"';
    const char *at = utf8.data();
    const char *end = at + utf8.size();
    while (at != end) {
        const char *special = findSpecial(at, end);
        out += QByteArrayView(at, special);
        if (special == end)
            break;
        const char c = *special;
        at = special + 1;
        if (const qsizetype index = named.indexOf(c); index >= 0) {
            out += '\\';
            out += letters[index];
        } else {
            out += "\\u00";
            out += digits[static_cast<uchar>(c) >> 4];
            out += digits[c & 0xF];
        }
    }
    out += '"';
}

} // namespace

Type typeOf(QByteArrayView value)
{
    switch (value.front()) {
    case '{':
        return Type::Object;
    case '[':
        return Type::Array;
    case '"':
        return Type::String;
    case 't':
        return Type::True;
    case 'f':
        return Type::False;
    case 'n':
        return Type::Null;
    default:
        return Type::Number;
    }
}

std::vector<QByteArrayView> elements(QByteArrayView array)
{
    std::vector<QByteArrayView> spans;
    const char *end = array.data() + array.size() - 1; // the closing bracket
    const char *at = skipSpace(array.data() + 1, end);
    while (at < end) {
        const char *after = skipValue(at, end);
        spans.emplace_back(at, after);
        at = skipSpace(after, end);
        if (at < end)
            at = skipSpace(at + 1, end); // the comma
    }
    return spans;
}

MemberReader::MemberReader(QByteArrayView object)
    : m_end(object.data() + object.size() - 1) // the closing brace
{
    m_at = skipSpace(object.data() + 1, m_end);
}

bool MemberReader::next(Member &member)
{
    if (m_at >= m_end)
        return false;
    const char *keyEnd = skipString(m_at, m_end);
    const char *value = skipSpace(skipSpace(keyEnd, m_end) + 1, m_end); // behind the colon
    const char *after = skipValue(value, m_end);
    member = {QByteArrayView(m_at, keyEnd), QByteArrayView(value, after)};
    m_at = skipSpace(after, m_end);
    if (m_at < m_end)
        m_at = skipSpace(m_at + 1, m_end); // the comma
    return true;
}

bool Member::keyIs(QByteArrayView plain) const
{
    const QByteArrayView key = content(rawKey);
    // An escape is never shorter than what it stands for, and most keys have another length.
    if (key.size() < plain.size())
        return false;
    if (key.size() == plain.size() && !key.isEmpty() && key.front() != plain.front() && key.front() != '\\')
        return false;
    return hasEscape(key) ? unescape(rawKey) == plain : key == plain;
}

QByteArray unescape(QByteArrayView string)
{
    const QByteArrayView text = content(string);
    if (!hasEscape(text))
        return text.toByteArray();
    QByteArray out;
    out.reserve(text.size());
    const char *at = text.data();
    const char *end = at + text.size();
    while (at != end) {
        const char *special = findSpecial(at, end);
        out.append(at, special - at);
        at = special;
        if (at == end)
            break;
        const Character character = nextEscape(at, end);
        appendUtf8(out, character.codePoint);
        at = character.end;
    }
    return out;
}

QByteArrayView plainText(QByteArrayView string, QByteArray &storage)
{
    const QByteArrayView text = content(string);
    if (!hasEscape(text))
        return text;
    storage = unescape(string);
    return storage;
}

bool hasLoneSurrogate(QByteArrayView string)
{
    const QByteArrayView text = content(string);
    if (!hasEscape(text))
        return false;
    const char *end = text.data() + text.size();
    for (const char *at = text.data(); at != end;) {
        const Character character = nextCharacter(at, end);
        if (character.codePoint >= 0xD800 && character.codePoint < 0xE000)
            return true;
        at = character.end;
    }
    return false;
}

qsizetype utf16Length(QByteArrayView string)
{
    const QByteArrayView text = content(string);
    const char *end = text.data() + text.size();
    qsizetype units = 0;
    for (const char *at = text.data(); at != end;) {
        const Character character = nextCharacter(at, end);
        units += character.units;
        at = character.end;
    }
    return units;
}

QByteArray cutToUtf16(QByteArrayView string, qsizetype units)
{
    const QByteArrayView text = content(string);
    const char *end = text.data() + text.size();
    const char *at = text.data();
    while (at != end) {
        const Character character = nextCharacter(at, end);
        units -= character.units;
        if (units < 0)
            break;
        at = character.end;
    }
    QByteArray cut;
    cut.reserve(at - string.data() + 1);
    cut.append(string.data(), at - string.data());
    cut += '"';
    return cut;
}

void appendQuoted(QByteArray &out, QByteArrayView utf8)
{
    appendQuotedTo(out, utf8);
}

void appendQuoted(ByteBuilder &out, QByteArrayView utf8)
{
    appendQuotedTo(out, utf8);
}

QByteArray quoted(QByteArrayView utf8)
{
    QByteArray out;
    out.reserve(utf8.size() + 2);
    appendQuoted(out, utf8);
    return out;
}

} // namespace concierge::json
