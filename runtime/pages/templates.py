"""Templates of pages: each extends ``base.html.j2`` here, and has one style sheet, parts and filters in common."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from runtime.pages.text import amount, chance, share, spoken


def page_template(package: str, folder: str, name: str = "page.html.j2") -> Template:
    """Load the template of a page.

    Args:
        package: Package with the template.
        folder: Folder in that package.
        name: File of the template.
    """
    loader = ChoiceLoader([PackageLoader(package, folder), PackageLoader("runtime", "pages")])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters.update(spoken=spoken, share=share, chance=chance, amount=amount)
    return environment.get_template(name)
