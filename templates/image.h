// An image of containers, in a directory, becomes the layers of a template.
#pragma once

#include "runtime/fd.h"
#include "templates/assemble.h"

namespace croft::templates {

// `directory` is an OCI image layout, an unpacked `docker save` or what `skopeo copy dir:` writes. Every
// document and every layer is compared with the digest that names it. The image's command becomes the
// template's where no init is found. Throws Error: kUnsupported for another architecture; kInvalid where a
// layer is missing or differs from its digest, or where there are several images.
void lay_image(const runtime::Fd& directory, const Control& control, Layers& layers, Manifest& manifest);

}  // namespace croft::templates
