// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapaccessible.h"

#include <QAccessibleActionInterface>

#include "items/qtext.h"
#include "widgets/offsetmap.h"

#include <algorithm>
#include <utility>

namespace ravel {

namespace {

// One segment in view.
class SegmentAccessible : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    SegmentAccessible(MapAccessible* parent, std::uint32_t placed)
        : m_parent(parent)
        , m_placed(placed)
    {
    }

    std::uint32_t placed() const { return m_placed; }
    bool isValid() const override { return m_parent->isValid() && m_parent->map()->layoutShown() && m_placed < m_parent->map()->layoutShown()->placed().size(); }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_parent->window(); }
    QAccessibleInterface* parent() const override { return m_parent; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    void setText(QAccessible::Text, const QString&) override { }
    QRect rect() const override { return isValid() ? m_parent->map()->screenRect(m_placed) : QRect(); }

    QString text(QAccessible::Text which) const override
    {
        if (!isValid())
            return {};
        if (which == QAccessible::Name)
            return m_parent->map()->describe(m_placed);
        return {};
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.selectable = true;
        state.focusable = true;
        state.selected = isValid() && m_parent->map()->isSelected(m_placed);
        state.offscreen = rect().isEmpty();
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
    }
    QStringList actionNames() const override { return { pressAction() }; }
    void doAction(const QString& name) override
    {
        if (name == pressAction() && isValid())
            m_parent->map()->selectSegment(m_placed);
    }
    QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
    MapAccessible* m_parent;
    std::uint32_t m_placed;
};

QAccessibleInterface* makeInterface(const QString& className, QObject* object)
{
    if (className == QLatin1String("ravel::OffsetMap"))
        if (auto* map = qobject_cast<OffsetMap*>(object))
            return new MapAccessible(map);
    return nullptr;
}

} // namespace

void MapAccessible::install()
{
    static bool installed = false;
    if (!std::exchange(installed, true))
        QAccessible::installFactory(makeInterface);
}

MapAccessible::MapAccessible(OffsetMap* map)
    : QAccessibleWidget(map, QAccessible::List)
{
}

MapAccessible::~MapAccessible() { forget(); }

OffsetMap* MapAccessible::map() const { return static_cast<OffsetMap*>(object()); }

void MapAccessible::forget() const
{
    for (const auto& [placed, id] : m_children)
        QAccessible::deleteAccessibleInterface(id);
    m_children.clear();
}

const std::vector<std::uint32_t>& MapAccessible::visible() const
{
    const auto layout = map() ? map()->layoutShown() : nullptr;
    const FlatRange range = layout ? map()->visibleRange() : FlatRange {};
    const bool same = layout && m_layout.lock() == layout;
    if (same && range == m_range)
        return m_visible;
    if (!same)
        forget();
    m_layout = layout;
    m_range = range;
    m_visible.clear();
    const auto [first, last] = layout ? layout->placedIn(range) : std::pair<std::uint32_t, std::uint32_t>(0, 0);
    for (std::uint32_t placed = first; placed < last; ++placed)
        if (layout->listed()[layout->placed()[placed]].numel.value > 0)
            m_visible.push_back(placed);
    return m_visible;
}

int MapAccessible::childCount() const { return static_cast<int>(visible().size()); }

QAccessibleInterface* MapAccessible::child(int index) const
{
    if (index < 0 || index >= childCount())
        return nullptr;
    const std::uint32_t placed = visible()[static_cast<std::size_t>(index)];
    const auto found = m_children.find(placed);
    if (found != m_children.end())
        return QAccessible::accessibleInterface(found->second);
    auto* made = new SegmentAccessible(const_cast<MapAccessible*>(this), placed);
    m_children[placed] = QAccessible::registerAccessibleInterface(made);
    return made;
}

int MapAccessible::indexOfChild(const QAccessibleInterface* child) const
{
    const auto* segment = dynamic_cast<const SegmentAccessible*>(child);
    const auto found = segment ? std::find(visible().begin(), visible().end(), segment->placed()) : visible().end();
    return found == visible().end() ? -1 : static_cast<int>(found - visible().begin());
}

QAccessibleInterface* MapAccessible::childAt(int x, int y) const
{
    for (std::size_t i = 0; i < visible().size(); ++i)
        if (map()->screenRect(visible()[i]).contains(x, y))
            return child(static_cast<int>(i));
    return nullptr;
}

QAccessibleInterface* MapAccessible::focusChild() const
{
    for (std::size_t i = 0; i < visible().size() && map()->hasFocus(); ++i)
        if (map()->isSelected(visible()[i]))
            return child(static_cast<int>(i));
    return nullptr;
}

} // namespace ravel
