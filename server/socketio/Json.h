#pragma once

#include "shared/ByteBuilder.h"
#include "shared/Result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <utility>
#include <vector>

/// JSON that keeps the sender's bytes. Why not a library's document: this program forwards, it does not
/// interpret; numbers beyond 64 bits and lone surrogate escapes (JSON.stringify writes them for a cut emoji)
/// are valid JSON that a Node server passes on, and that simdjson's document model refuses.
namespace concierge::json {

enum class Type : quint8 { Object, Array, String, Number, True, False, Null };
enum class Error : quint8 { Syntax, InvalidUtf8, TooDeep };

/// Accepts exactly one JSON value (RFC 8259) with white space around it, valid UTF-8, at most `maxDepth`
/// arrays and objects within each other. Returns the value's own span without white space around it.
/// Iterative: no stack use by depth, and a bit of memory a level. With `elementSpans`, and where the value is
/// an array, the spans of its elements are appended there: what elements() gives, without a second pass. With
/// `depth`, how many arrays and objects are within each other at most is told there. Limit: `maxDepth` <=
/// deepest.
Result<QByteArrayView, Error> validate(QByteArrayView text, int maxDepth,
                                       std::vector<QByteArrayView> *elementSpans = nullptr,
                                       int *depth = nullptr);
inline constexpr int deepest = 1'000'000;

/// The functions below need validated JSON.
Type typeOf(QByteArrayView value);
/// Spans of an array's elements, in order.
std::vector<QByteArrayView> elements(QByteArrayView array);
struct Member
{
    QByteArrayView rawKey; ///< with quotes and escapes as sent
    QByteArrayView value;
    bool keyIs(QByteArrayView plain) const; ///< compares unescaped
};
/// Goes through an object's members in order, those of equal keys too, without memory of its own.
class MemberReader
{
public:
    explicit MemberReader(QByteArrayView object);
    /// False: there are no more.
    bool next(Member &member);

private:
    const char *m_at;
    const char *m_end;
};

/// A string's text. Lone surrogate escapes become U+FFFD.
QByteArray unescape(QByteArrayView string);
/// The same without a copy where there is nothing to unescape; otherwise the text is put into `storage`.
QByteArrayView plainText(QByteArrayView string, QByteArray &storage);
/// Whether a string has an escape for half a surrogate pair, which unescape() cannot tell from another.
bool hasLoneSurrogate(QByteArrayView string);
/// UTF-16 code units of a string's text, as JavaScript's `length`.
qsizetype utf16Length(QByteArrayView string);
/// The string (with quotes) cut to at most `units` UTF-16 code units, never through a surrogate pair; bytes
/// kept as sent.
QByteArray cutToUtf16(QByteArrayView string, qsizetype units);
/// With quotes; escapes what must be, keeps the rest as UTF-8.
void appendQuoted(QByteArray &out, QByteArrayView utf8);
void appendQuoted(ByteBuilder &out, QByteArrayView utf8);
QByteArray quoted(QByteArrayView utf8);

} // namespace concierge::json
