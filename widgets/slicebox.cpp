// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/slicebox.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>

#include "items/nameindex.h"
#include "items/qtext.h"
#include "items/session.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"
#include "widgets/anomalypane.h"
#include "widgets/completion.h"
#include "widgets/tones.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t mostOffered = 100;

} // namespace

SliceBox::SliceBox(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_edit(new QLineEdit(this))
    , m_answer(new QLabel(this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(4, 0, 4, 0);
    row->addWidget(m_edit, 1);
    row->addWidget(m_answer);
    m_edit->setPlaceholderText(tr("Select: name[3, :], a glob, #flat range or @byte"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setAccessibleName(tr("Slice"));
    m_edit->setToolTip(tr("A name, a glob, a NumPy slice such as fc.weight[3, :], #100:200 for a flat range, @0x2C0 for a byte of the file (%1)")
                           .arg(QKeySequence(Qt::CTRL | Qt::Key_L).toString(QKeySequence::NativeText)));
    m_edit->installEventFilter(this);
    m_answer->setTextFormat(Qt::PlainText);
    m_answer->setMinimumWidth(150);
    setEnabled(false);
    auto* completion = new Completion(m_edit, [this](const QString& text, int cursor) {
        Completions offered { 0, static_cast<int>(text.size()), {} };
        if (!m_names || cursor != text.size() || text.isEmpty() || text.contains(u'[') || text.startsWith(u'#') || text.startsWith(u'@'))
            return offered;
        for (const std::string& name : m_names->completions(text.toStdString(), mostOffered))
            offered.texts << toQt(name);
        return offered;
    });
    completion->list()->setObjectName(u"sliceCompletions"_s);
    connect(completion, &Completion::taken, this, &SliceBox::parse);
    connect(m_edit, &QLineEdit::textEdited, this, &SliceBox::parse);
    connect(m_edit, &QLineEdit::returnPressed, this, &SliceBox::select);
    connect(session.selection(), &SelectionModel::changed, this, &SliceBox::showSelection);
    connect(session.selection(), &SelectionModel::takenChanged, this, [this] {
        if (!m_edit->isModified()) // what is being typed has an answer of its own
            sayExtent();
    });
    connect(&session, &Session::layoutChanged, this, [this] {
        setEnabled(true);
        showSelection();
        indexNames();
    });
}

void SliceBox::indexNames()
{
    m_names.reset();
    using Index = std::shared_ptr<const NameIndex>;
    m_session.tasks()->run<Index>(
        QString(), [layout = m_session.document()->layout()](const Job&) -> Index { return std::make_shared<const NameIndex>(layout); },
        [guard = QPointer<SliceBox>(this), layout = m_session.document()->layout()](Index index) {
            if (guard && guard->m_session.document() && guard->m_session.document()->layout() == layout)
                guard->m_names = std::move(index);
        });
}

QString SliceBox::answer() const { return m_answer->toolTip(); }

void SliceBox::take()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void SliceBox::takeOffset()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->setText(u"#"_s);
    parse();
}

void SliceBox::parse()
{
    const Document* document = m_session.document();
    const QString text = m_edit->text().trimmed();
    if (!document || text.isEmpty()) {
        say({}, false);
        return;
    }
    const std::int64_t last = document->layout()->numel().value - 1;
    if (text == u"#"_s && last >= 0) {
        say(tr("an offset from 0 to %1, or a range 100:200").arg(countText(last)), false);
        return;
    }
    const auto selection = parseSelection(*document->layout(), text.toStdString());
    if (selection && (text.startsWith(u'#') || text.startsWith(u'@')))
        say(tr("ok %1").arg(shown(selectionText(*document->layout(), *selection))), false); // what stands there
    else if (selection)
        say(tr("ok %1").arg(extentText(*selection)), false);
    else // a byte of the text is not a character of it
        say(tr("%1 (at %2)").arg(shown(selection.error().message)).arg(
                QString::fromUtf8(text.toUtf8().left(static_cast<qsizetype>(selection.error().position))).size() + 1),
            true);
}

void SliceBox::select()
{
    const Document* document = m_session.document();
    if (!document)
        return;
    const QString text = m_edit->text().trimmed();
    if (text.isEmpty()) {
        m_session.selection()->select({});
        return;
    }
    const auto selection = parseSelection(*document->layout(), text.toStdString());
    if (selection) {
        m_session.selection()->select(*selection);
        m_edit->setText(text); // as it was written, if it means what is selected now
        m_edit->selectAll();
        say(tr("ok %1").arg(extentText(*selection)), false);
        const FlatCover cover = flatCover(*document->layout(), *selection, 64);
        if ((text.startsWith(u'#') || text.startsWith(u'@')) && !cover.ranges.empty())
            Q_EMIT placeWanted(surroundings({ cover.ranges.front().begin, cover.ranges.back().end }, document->layout()->numel()));
        return;
    }
    parse();
    m_edit->setCursorPosition(static_cast<int>(
        QString::fromUtf8(text.toUtf8().left(static_cast<qsizetype>(selection.error().position))).size()));
}

void SliceBox::showSelection()
{
    const Document* document = m_session.document();
    if (!document)
        return;
    const Selection& selection = m_session.selection()->selection();
    m_edit->setText(shown(selectionAsTyped(*document->layout(), selection), 4096));
    m_edit->setCursorPosition(0);
    sayExtent();
}

void SliceBox::sayExtent()
{
    const SelectionModel& model = *m_session.selection();
    QString text = model.selection().empty() ? QString() : extentText(model.selection());
    if (model.selection().where)
        text += (model.taken() ? tr(", of these %1 where %2").arg(takenText(model)) : tr(", of these where %1")).arg(predicateText(*model.selection().where));
    say(text, false);
}

void SliceBox::say(const QString& text, bool wrong)
{
    m_wrong = wrong;
    m_answer->setText(m_answer->fontMetrics().elidedText(text, Qt::ElideRight, 420));
    m_answer->setToolTip(text);
    m_edit->setAccessibleDescription(text);
    QPalette tones = palette();
    tones.setColor(QPalette::WindowText, wrong ? troubleText(palette()) : mutedText(palette()));
    m_answer->setPalette(tones);
}

void SliceBox::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        say(answer(), m_wrong);
    QWidget::changeEvent(event);
}

// Escape gives up what was typed.
bool SliceBox::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_edit && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        showSelection();
        m_edit->selectAll();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace ravel
