// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lessontext.h"

#include <QCoreApplication>

#include "items/qtext.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("LessonText", text); }

QString cell(const QString& text, bool strong = false)
{
    return u"<td align='right' style='padding: 0 5px'>%1</td>"_s.arg(strong ? u"<b>%1</b>"_s.arg(text) : text);
}

// A row of a table: its name, then a cell for each term, apart by `between`.
QString row(const QString& name, const std::vector<WalkTerm>& terms, std::int64_t WalkTerm::* part, const QString& between, bool known, bool strong = false)
{
    QString text = u"<tr><td style='padding-right: 8px'>%1</td>"_s.arg(name);
    for (std::size_t d = 0; d < terms.size(); ++d) {
        if (d > 0)
            text += u"<td align='center'>%1</td>"_s.arg(between);
        text += cell(known ? countText(terms[d].*part) : u"?"_s, strong);
    }
    return text;
}

QString table(const QString& rows) { return u"<table cellspacing='0' cellpadding='1'>%1</table>"_s.arg(rows); }

QString templateText(const std::vector<TemplateLine>& lines)
{
    if (lines.empty())
        return {};
    QString rows = u"<tr><td align='right'><i>%1</i></td><td style='padding: 0 8px'><i>%2</i></td><td><i>%3</i></td></tr>"_s.arg(
        tr("offset"), tr("shape"), tr("name"));
    for (const TemplateLine& line : lines) {
        const QString bold = line.own ? u"<b>%1</b>"_s : u"%1"_s;
        rows += u"<tr><td align='right'>%1</td><td style='padding: 0 8px'>%2</td><td>%3</td></tr>"_s.arg(bold.arg(countText(line.offset.value)),
            bold.arg(shapeText(line.shape)), bold.arg(line.name.toHtmlEscaped().replace(u'.', u".\u200B"_s)));
    }
    return u"<p>%1</p>"_s.arg(tr("The template:")) + table(rows);
}

} // namespace

QString walkText(const LessonSubject& subject, const std::vector<WalkTerm>& terms, bool known)
{
    if (terms.empty())
        return tr("A tensor without dimensions has one element, at place 0.").toHtmlEscaped();
    QString rows = row(tr("index"), terms, &WalkTerm::coordinate, u","_s, true, true) + u"</tr>"_s;
    rows += row(tr("× stride"), terms, &WalkTerm::stride, {}, true) + u"</tr>"_s;
    rows += row(tr("products"), terms, &WalkTerm::product, u"+"_s, known) + u"<td>=</td>"_s
        + cell(known ? countText(subject.place()) : u"?"_s, true) + u"</tr>"_s;
    QString text = table(rows);
    if (subject.offset) {
        const QString offset = countText(subject.offset->value), sum = known ? countText(subject.place()) : u"?"_s;
        const QString flat = known ? countText(subject.flat()->value) : u"?"_s;
        text += u"<p>%1</p>"_s.arg(tr("In the flat vector: %1 (where the tensor begins) + %2 = <b>%3</b>").arg(offset, sum, flat));
    }
    return text;
}

QString walkBackText(const LessonSubject& subject, const std::vector<WalkDivision>& steps, const std::vector<TemplateLine>& lines, bool known)
{
    QString rows;
    if (subject.offset)
        rows += u"<tr><td>%1</td><td colspan='7'>%2</td></tr>"_s.arg(tr("place"),
            tr("%1 − %2 (the offset) = <b>%3</b>")
                .arg(countText(subject.flat()->value), countText(subject.offset->value), countText(subject.place())));
    for (std::size_t d = 0; d < steps.size(); ++d) {
        const WalkDivision& step = steps[d];
        const bool first = d == 0;
        rows += u"<tr><td style='padding-right: 8px'>%1</td>"_s.arg(tr("index %1").arg(d)) + cell(known || first ? countText(step.value) : u"?"_s)
            + u"<td>=</td>"_s + cell(known ? countText(step.coordinate) : u"?"_s, true) + u"<td>×</td>"_s + cell(countText(step.stride))
            + u"<td>+</td>"_s + cell(known ? countText(step.rest) : u"?"_s) + u"</tr>"_s;
    }
    QString text = templateText(lines) + table(rows);
    if (known)
        text += u"<p>%1</p>"_s.arg(tr("Its index is <b>%1</b>.").arg(indexText(subject.at)));
    return text;
}

QString flattenText(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& at, const std::vector<std::int64_t>& after,
    const std::vector<std::int64_t>& atAfter, bool known)
{
    const auto line = [](const QString& name, const QString& from, const QString& to) {
        return u"<tr><td style='padding-right: 8px'>%1</td><td>%2</td><td style='padding: 0 6px'>→</td><td><b>%3</b></td></tr>"_s.arg(name, from, to);
    };
    return table(line(tr("shape"), shapeText(before), known ? shapeText(after) : u"?"_s)
        + line(tr("element"), indexText(at), known ? indexText(atAfter) : u"?"_s));
}

} // namespace ravel
